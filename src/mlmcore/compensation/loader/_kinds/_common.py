"""The keys that every kind of bonus knows, and how their values are read."""

from collections.abc import Mapping
from typing import Any

from mlmcore.compensation import _choices as choices
from mlmcore.compensation._choices import explained
from mlmcore.compensation.available import LEVELS_SOURCES
from mlmcore.compensation.expressions.expression import Expression
from mlmcore.compensation.loader._document import Item
from mlmcore.compensation.loader._section import Section


def common_keys(section: Section) -> dict[str, Any]:
    return {
        "id": section.text(section.need("id", "name the bonus"), "unnamed"),
        "type": section.text(section.need("type", 'the ledger\'s commission type: type = "unilevel"')),
        "tree": section.text(section.take("tree")) or None,
        "when": section.expression(section.take("when")),
        "every": section.choice(section.take("every"), choices.PERIODS),
        "as_of": section.choice(section.take("as_of"), choices.AS_OF),
        "detail": section.choice(section.take("detail"), choices.DETAIL),
        "where": section.expression(section.take("where")),
        "negative": section.choice(section.take("negative"), choices.NEGATIVE),
        "minimum": section.expression(section.take("minimum")),
        "minimum_unpaid": section.choice(section.take("minimum_unpaid"), choices.MINIMUM_UNPAID),
        "deferred_until": section.expression(section.take("deferred_until")),
        "deferred_expires": section.expression(section.take("deferred_expires")),
        "point_value": section.expression(section.take("point_value")),
        "slow": section.flag(section.take("slow"), default=False),
        "ledger": section.flag(section.take("ledger"), default=True),
        "place": section.place(),
        "places": section.places(),
    }


def read_source(section: Section, item: Item | None, known: Mapping[str, str], default: str | None) -> str | None:
    if item is not None and isinstance(item.value, str) and item.value.startswith("events."):
        return item.value  # whether the plan declares it is judged with the plan
    return section.choice(item, known, default)  # type: ignore[no-any-return] # one of the choices


def read_walk_source(section: Section) -> dict[str, Any]:
    """Read where a walk starts: `source` with its keys, or `earnings` with its basis."""
    sources = {word: choices.SOURCES[word] for word in LEVELS_SOURCES}
    earnings = section.take("earnings")
    item = section.take("source") if earnings is not None else section.need("source", explained(sources))
    return {
        "source": read_source(section, item, sources, None if earnings is not None else "orders"),
        "from_": section.choice(section.take("from"), choices.FROM),
        "customer": section.choice(section.take("customer"), choices.CUSTOMER_LEVELS),
        "earnings": None if earnings is None else _earnings(section, earnings),
        "basis": section.choice(section.take("basis"), choices.BASIS),
    }


def _earnings(section: Section, item: Item) -> tuple[Expression, ...]:
    names = section.texts(item)
    return tuple(Expression(text=name, place=section.place(item)) for name in names)


def expression_list(section: Section, item: Item | None) -> tuple[Expression, ...] | None:
    if item is None:
        return None
    if not isinstance(item.value, list):
        section.wrong(item, "a list was expected", "write [...]")
        return None
    return tuple(section.expression(part) or Expression(text="0") for part in item.array)
