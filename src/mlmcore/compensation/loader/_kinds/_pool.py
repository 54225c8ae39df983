"""Read a `pool` bonus."""

from typing import Any

from mlmcore.compensation import _choices as choices
from mlmcore.compensation._choices import explained
from mlmcore.compensation.expressions.expression import Expression
from mlmcore.compensation.loader._section import Section
from mlmcore.compensation.plan import PoolBonus, PoolPart


def read_pool(section: Section, _: str | None, common: dict[str, Any]) -> PoolBonus:
    if (unit := section.take("unit")) is not None:
        section.wrong(unit, "a pool shares money", "leave it out")
    fund = section.expression(section.need("fund", 'what comes into the fund: fund = "0.01 * company.sales"'))
    share_value = section.need("share_value", explained(choices.SHARE_VALUE))
    return PoolBonus(
        **common,
        fund=fund or Expression(text="0"),
        shares=section.expression(section.take("shares")),
        parts=_parts(section),
        eligible=section.expression(section.take("eligible")) or Expression(text="true"),
        qualifies=section.expression(section.take("qualifies")) or Expression(text="true"),
        order_by=section.expression(section.take("order_by")),
        top=section.expression(section.take("top")),
        ties=section.choice(section.take("ties"), choices.TIES),
        share_value=section.choice(share_value, choices.SHARE_VALUE, "exact"),
        remainder=section.text(section.need("remainder", explained(choices.REMAINDER)), "largest_remainder"),
        nobody=section.text(section.need("nobody", explained(choices.NOBODY)), "carry"),
        release=section.expression(section.take("release")),
    )


def _parts(section: Section) -> list[PoolPart]:
    item = section.take("parts")
    if item is None:
        return []
    if not isinstance(item.value, list) or not item.value:
        section.wrong(item, "a list of tables was expected", "write [[bonuses.parts]] with weight and shares")
    return [_part(Section(one, section.file, section.findings)) for one in item.array]


def _part(section: Section) -> PoolPart:
    weight = section.expression(
        section.need("weight", "its part of the fund, in proportion to all weights: weight = 30")
    )
    shares = section.expression(section.need("shares", 'how many shares somebody has: shares = "personal"'))
    section.close()
    return PoolPart(weight=weight or "0", shares=shares or "0")
