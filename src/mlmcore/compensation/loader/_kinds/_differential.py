"""Read a `differential` bonus."""

from typing import Any

from mlmcore.compensation import _choices as choices
from mlmcore.compensation.expressions.expression import Expression
from mlmcore.compensation.loader._kinds._common import read_walk_source
from mlmcore.compensation.loader._section import Section
from mlmcore.compensation.plan import DifferentialBonus, Equal


def read_differential(section: Section, _: str | None, common: dict[str, Any]) -> DifferentialBonus:
    nothing = Expression(text="0")
    return DifferentialBonus(
        **common,
        unit=section.choice(section.take("unit"), choices.UNIT),
        **read_walk_source(section),
        base=section.expression(section.take("base")),
        rate=section.expression(section.need("rate", 'each person\'s rate: rate = "lookup(slab, group_volume)"'))
        or nothing,
        initial=section.expression(section.need("initial", choices.INITIAL)) or nothing,
        counts=section.expression(section.take("counts")) or Expression(text="true"),
        source_counts=section.flag(section.take("source_counts"), default=False),
        first_level=section.whole(section.take("first_level"), 1, 0, 1000),
        pays=section.expression(section.take("pays")) or Expression(text="true"),
        unqualified=section.choice(section.take("unqualified"), choices.UNQUALIFIED),
        blocked_by=section.expression(section.take("blocked_by")),
        minimum_level=section.expression(section.take("minimum_level")),
        equal=_equal(section),
        limit=section.expression(section.take("limit")),
        no_upline=section.text(section.take("no_upline")) or None,
    )


def _equal(section: Section) -> Equal | None:
    inner = section.section("equal")
    if inner is None:
        return None
    rate = inner.expression(inner.need("rate", "what an equal rate gets: equal = { rate = 0.01, generations = 2 }"))
    generations = inner.expression(inner.need("generations", "how many people get it before a higher rate is met"))
    inner.close()
    return Equal(rate=rate or "0", generations=generations or "1")
