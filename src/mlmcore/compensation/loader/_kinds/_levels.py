"""Read a `levels` bonus."""

from typing import Any

from mlmcore.compensation import _choices as choices
from mlmcore.compensation._choices import explained
from mlmcore.compensation.expressions.expression import Expression
from mlmcore.compensation.loader._document import Item
from mlmcore.compensation.loader._kinds._common import expression_list, read_walk_source
from mlmcore.compensation.loader._section import Section
from mlmcore.compensation.plan import Decay, LevelsBonus


def read_levels(section: Section, active: str | None, common: dict[str, Any]) -> LevelsBonus:
    counts, unpaid = _compression(section, active)
    return LevelsBonus(
        **common,
        unit=section.choice(section.take("unit"), choices.UNIT),
        **_rates(section),
        **read_walk_source(section),
        base=section.expression(section.take("base")),
        counts=counts,
        source_counts=section.flag(section.take("source_counts"), default=False),
        pay_uncounted=section.flag(section.take("pay_uncounted"), default=False),
        first_level=section.whole(section.take("first_level"), 1, 0, 1000),
        beyond=section.expression(section.take("beyond")),
        face_rate=section.expression(section.take("face_rate")),
        depth=section.expression(section.take("depth")),
        decay=_decay(section),
        stop_at=section.expression(section.take("stop_at")),
        stop=section.choice(section.take("stop"), choices.STOP),
        pays=section.expression(section.take("pays")) or Expression(text="true"),
        unpaid=unpaid,
        no_upline=section.text(section.need("no_upline", explained(choices.NO_UPLINE)), "lost"),
        budget=section.expression(section.take("budget")),
        residual=section.text(section.take("residual")) or None,
    )


def _decay(section: Section) -> Decay | None:
    item = section.take("decay")
    if item is None:
        return None
    if not isinstance(item.value, dict):
        todo = f"write decay = {{ factor = {item.value}, places = 6 }}: each rate is rounded, as its places would grow"
        section.wrong(item, "a table was expected", todo)
        return None
    inner = section.inside(item)
    factor = inner.expression(inner.need("factor", "what each rate is multiplied by for the next level: factor = 0.5"))
    places = inner.whole(inner.need("places", "decimal places to which each rate is rounded: places = 6"), 0, 0, 12)
    inner.close()
    return Decay(factor=factor or "0.5", places=places)


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


def _rate(section: Section, item: Item | None) -> Expression | None:
    """Read one formula; who lists rates under `rate` is told of `rates`."""
    if item is None or not isinstance(item.value, (dict, list)):
        return section.expression(item)
    what = f"{'a table' if item.table else 'a list'} where a formula was expected"
    section.wrong(item, what, "several rates are `rates`: [0.05, 0.03] by level, { gold = 0.05 } by rank")
    return Expression(text="0")


def _rates(section: Section) -> dict[str, Any]:
    """Read `rates` in its three shapes, `rate` and `amounts`."""
    item = section.take("rates")
    found: dict[str, Any] = {
        "rate": _rate(section, section.take("rate")),
        "amounts": expression_list(section, section.take("amounts")),
    }
    if item is None:
        return found
    if isinstance(item.value, list):
        return {**found, "rates": expression_list(section, item)}
    lists = [isinstance(part.value, list) for part in item.table.values()]
    if not lists:
        section.wrong(item, "rates are a list by level, or a table by rank", "write [0.05, 0.03] or { gold = [0.05] }")
        return {**found, "rates": (Expression(text="0"),)}
    if all(lists):
        return {**found, "rates_by_rank": {key: expression_list(section, part) for key, part in item.table.items()}}
    if any(lists):
        section.wrong(
            item, "rates by rank are all lists or all single rates", "write { gold = [0.05], silver = [0.03] }"
        )
        return {**found, "rates": (Expression(text="0"),)}
    return {**found, "rate_by_rank": {key: section.expression(part) for key, part in item.table.items()}}
