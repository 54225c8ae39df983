"""Read one bonus: the keys that its kind knows, each with its kind and choices."""

from collections.abc import Mapping
from typing import Any, Final

from mlmcore.compensation import _choices as choices
from mlmcore.compensation._choices import explained
from mlmcore.compensation.available import (
    AMOUNT_KEYS_LATER,
    BONUS_KEYS_LATER,
    BONUS_KINDS,
    BONUS_KINDS_LATER,
    LATER,
    LEVELS_KEYS_LATER,
    LEVELS_SOURCES,
)
from mlmcore.compensation.expressions.expression import Expression
from mlmcore.compensation.loader._document import Item
from mlmcore.compensation.loader._section import Section
from mlmcore.compensation.nearest import nearest
from mlmcore.compensation.plan import AmountBonus, AnyBonus, LevelsBonus
from mlmcore.domain.errors import Findings

KINDS: Final = {
    "levels": "walk up from each source and pay by level",
    "amount": "a plain formula per person or per order",
}


def read_bonus(item: Item, active: str | None, file: str, findings: Findings) -> AnyBonus | None:
    """Read a bonus; None when its kind is missing or can't be run, which is then among the findings."""
    section = Section(item, file, findings)
    kind = section.need("kind", explained(KINDS))
    if kind is None:
        return None
    if kind.value in BONUS_KINDS_LATER:
        section.wrong(kind, f"the kind {kind.value!r} is {LATER}", "leave the bonus out", code="plan.not-available")
        return None
    if kind.value not in BONUS_KINDS:
        known = (*BONUS_KINDS, *BONUS_KINDS_LATER)
        section.wrong(kind, f"unknown kind {kind.value!r}", nearest(str(kind.value), known))
        return None
    if "earnings" in item.table:
        section.wrong(
            item.table["earnings"], f"a bonus on earnings is {LATER}", "leave the bonus out", code="plan.not-available"
        )
        return None
    common = _common(section)
    section.later(BONUS_KEYS_LATER)
    bonus = _levels(section, active, common) if kind.value == "levels" else _amount(section, common)
    section.close()
    return bonus


def _common(section: Section) -> dict[str, Any]:
    return {
        "id": section.text(section.need("id", "name the bonus"), "unnamed"),
        "type": section.text(section.need("type", 'the ledger\'s commission type: type = "unilevel"')),
        "tree": section.text(section.take("tree")) or None,
        "when": section.expression(section.take("when")),
        "every": section.choice(section.take("every"), choices.PERIODS),
        "detail": section.choice(section.take("detail"), choices.DETAIL),
        "where": section.expression(section.take("where")),
        "negative": section.choice(section.take("negative"), choices.NEGATIVE),
        "minimum": section.expression(section.take("minimum")),
        "minimum_unpaid": _minimum_unpaid(section),
        "point_value": section.expression(section.take("point_value")),
        "place": section.place(),
        "places": section.places(),
    }


def _minimum_unpaid(section: Section) -> str | None:
    item = section.take("minimum_unpaid")
    if item is not None and item.value == "carry":
        section.wrong(item, f'"carry" is {LATER}', 'write "lost"', code="plan.not-available")
        return "lost"
    return section.choice(item, choices.MINIMUM_UNPAID)  # type: ignore[no-any-return] # one of the choices


def _source(section: Section, item: Item | None, known: Mapping[str, str], default: str | None) -> str | None:
    if item is not None and isinstance(item.value, str) and item.value.startswith("events."):
        section.wrong(item, f"the source {item.value!r} is {LATER}", explained(known), code="plan.not-available")
        return default
    return section.choice(item, known, default)  # type: ignore[no-any-return] # one of the choices


def _levels(section: Section, active: str | None, common: dict[str, Any]) -> LevelsBonus:
    section.later(LEVELS_KEYS_LATER)
    sources = {word: choices.SOURCES[word] for word in LEVELS_SOURCES}
    source = section.need("source", explained(sources))
    counts, unpaid = _compression(section, active)
    return LevelsBonus(
        **common,
        **_rates(section),
        source=_source(section, source, sources, "orders"),  # type: ignore[arg-type] # one of the choices
        from_=section.choice(section.take("from"), choices.FROM),
        customer=section.choice(section.take("customer"), choices.CUSTOMER_LEVELS),
        base=section.expression(section.take("base")),
        counts=counts,
        source_counts=section.flag(section.take("source_counts"), default=False),
        pay_uncounted=section.flag(section.take("pay_uncounted"), default=False),
        first_level=section.whole(section.take("first_level"), 1, 0, 1000),
        beyond=section.expression(section.take("beyond")),
        face_rate=section.expression(section.take("face_rate")),
        depth=_depth(section),
        stop_at=section.expression(section.take("stop_at")),
        stop=section.choice(section.take("stop"), choices.STOP),
        pays=section.expression(section.take("pays")) or Expression(text="true"),
        unpaid=unpaid,
        no_upline=section.text(section.need("no_upline", explained(choices.NO_UPLINE)), "lost"),
    )


def _depth(section: Section) -> Expression | None:
    item = section.take("depth")
    if item is not None and item.value == "unlimited":
        section.wrong(item, f'"unlimited" is {LATER}', "write a number of levels", code="plan.not-available")
        return None
    return section.expression(item)


def _compression(section: Section, active: str | None) -> tuple[Expression, str]:
    """Read `counts` and `unpaid`, or the word of the trade that stands for both."""
    item = section.take("compression")
    if item is None:
        counts = section.expression(section.need("counts", choices.COUNTS))
        unpaid = section.text(section.need("unpaid", explained(choices.UNPAID)), "lost")
        return counts or Expression(text="true"), unpaid
    word = section.choice(item, choices.COMPRESSION, "none")
    for key in ("counts", "unpaid"):
        if (other := section.take(key)) is not None:
            section.wrong(other, "stands beside `compression`", f"that means {choices.COMPRESSION[word]}; keep one")
    if word == "roll_up" and active is None:
        section.wrong(item, '"roll_up" needs the plan\'s active measure', 'write active = "NAME" in [plan]')
    counted = active or "true" if word == "roll_up" else "true"
    return Expression(text=counted, place=section.place(item)), "next" if word == "dynamic" else "lost"


def _rates(section: Section) -> dict[str, Any]:
    """Read `rates` in its three shapes, `rate` and `amounts`."""
    item = section.take("rates")
    found: dict[str, Any] = {
        "rate": section.expression(section.take("rate")),
        "amounts": _list(section, section.take("amounts")),
    }
    if item is None:
        return found
    if isinstance(item.value, list):
        return {**found, "rates": _list(section, item)}
    lists = [isinstance(part.value, list) for part in item.table.values()]
    if not lists:
        section.wrong(item, "rates are a list by level, or a table by rank", "write [0.05, 0.03] or { gold = [0.05] }")
        return {**found, "rates": (Expression(text="0"),)}
    if all(lists):
        return {**found, "rates_by_rank": {key: _list(section, part) for key, part in item.table.items()}}
    if any(lists):
        section.wrong(
            item, "rates by rank are all lists or all single rates", "write { gold = [0.05], silver = [0.03] }"
        )
        return {**found, "rates": (Expression(text="0"),)}
    return {**found, "rate_by_rank": {key: section.expression(part) for key, part in item.table.items()}}


def _list(section: Section, item: Item | None) -> tuple[Expression, ...] | None:
    if item is None:
        return None
    if not isinstance(item.value, list):
        section.wrong(item, "a list was expected", "write [...]")
        return None
    return tuple(section.expression(part) or Expression(text="0") for part in item.array)


def _amount(section: Section, common: dict[str, Any]) -> AmountBonus:
    section.later(AMOUNT_KEYS_LATER)
    amount = section.expression(section.need("amount", "the formula of what is paid"))
    return AmountBonus(
        **common,
        source=_source(section, section.take("source"), {"orders": "from each order"}, None),  # type: ignore[arg-type] # as above
        from_=section.choice(section.take("from"), choices.FROM),
        customer=section.choice(section.take("customer"), choices.CUSTOMER_AMOUNT),
        amount=amount or Expression(text="0"),
        qualifies=section.expression(section.take("qualifies")) or Expression(text="true"),
        payee=section.expression(section.take("payee")),
    )
