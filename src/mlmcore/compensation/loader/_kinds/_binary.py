"""Read a `binary` bonus."""

from typing import Any

from mlmcore.compensation import _choices as choices
from mlmcore.compensation._choices import explained
from mlmcore.compensation.expressions.expression import Expression
from mlmcore.compensation.loader._section import Section
from mlmcore.compensation.plan import BinaryBonus, PairCap


def read_binary(section: Section, _: str | None, common: dict[str, Any]) -> BinaryBonus:
    volume = section.expression(section.need("volume", 'what each person adds to the legs above: volume = "personal"'))
    pay = section.choice(section.need("pay", explained(choices.PAY)), choices.PAY, "percent")
    after = section.choice(section.need("after", explained(choices.AFTER)), choices.AFTER, "subtract")
    return BinaryBonus(
        **common,
        volume=volume or Expression(text="0"),
        pay=pay,
        percent=section.expression(section.take("percent")),
        unit=section.expression(section.take("unit")),
        ratio=section.choice(section.take("ratio"), choices.RATIO),
        amount=section.expression(section.take("amount")),
        steps=section.text(section.take("steps")) or None,
        after=after,
        match_minimum=section.expression(section.take("match_minimum")),
        match_maximum=section.expression(section.take("match_maximum")),
        cap=_cap(section),
        over_cap=section.choice(section.take("over_cap"), choices.OVER_CAP),
        carry_limit=section.expression(section.take("carry_limit")),
        pays=section.expression(section.take("pays")) or Expression(text="true"),
        inactive=section.choice(section.take("inactive"), choices.INACTIVE),
    )


def _cap(section: Section) -> PairCap | None:
    inner = section.section("cap")
    if inner is None:
        return None
    cap = PairCap(money=inner.expression(inner.take("money")), pairs=inner.expression(inner.take("pairs")))
    inner.close()
    return cap
