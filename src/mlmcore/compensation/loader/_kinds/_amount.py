"""Read an `amount` bonus."""

from typing import Any, Final

from mlmcore.compensation import _choices as choices
from mlmcore.compensation.available import (
    AMOUNT_KEYS_LATER,
)
from mlmcore.compensation.expressions.expression import Expression
from mlmcore.compensation.loader._kinds._common import read_source
from mlmcore.compensation.loader._section import Section
from mlmcore.compensation.plan import AmountBonus

_SOURCES: Final = {word: choices.SOURCES[word] for word in ("orders", "events.NAME")}


def read_amount(section: Section, _: str | None, common: dict[str, Any]) -> AmountBonus:
    section.later(AMOUNT_KEYS_LATER)
    amount = section.expression(section.need("amount", "the formula of what is paid"))
    return AmountBonus(
        **common,
        source=read_source(section, section.take("source"), _SOURCES, None),
        from_=section.choice(section.take("from"), choices.FROM),
        customer=section.choice(section.take("customer"), choices.CUSTOMER_AMOUNT),
        amount=amount or Expression(text="0"),
        qualifies=section.expression(section.take("qualifies")) or Expression(text="true"),
        payee=section.expression(section.take("payee")),
    )
