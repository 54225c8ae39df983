"""Read an `amount` bonus."""

from typing import Any, Final

from mlmcore.compensation import _choices as choices
from mlmcore.compensation._choices import explained
from mlmcore.compensation.expressions.expression import Expression
from mlmcore.compensation.loader._kinds._common import read_source
from mlmcore.compensation.loader._section import Section
from mlmcore.compensation.plan import AmountBonus
from mlmcore.compensation.plan.amount import ONCE_PER

_SOURCES: Final = {word: choices.SOURCES[word] for word in ("orders", "events.NAME")}


def read_amount(section: Section, _: str | None, common: dict[str, Any]) -> AmountBonus:
    amount = section.expression(section.need("amount", "the formula of what is paid"))
    return AmountBonus(
        **common,
        unit=section.choice(section.take("unit"), choices.UNIT),
        source=read_source(section, section.take("source"), _SOURCES, None),
        from_=section.choice(section.take("from"), choices.FROM),
        customer=section.choice(section.take("customer"), choices.CUSTOMER_AMOUNT),
        amount=amount or Expression(text="0"),
        qualifies=section.expression(section.take("qualifies")) or Expression(text="true"),
        payee=section.expression(section.take("payee")),
        once_per=_once_per(section),
        skipped=section.choice(section.take("skipped"), choices.SKIPPED),
    )


def _once_per(section: Section) -> tuple[str, ...] | None:
    """Read one of the words, or a list with `source`."""
    item = section.take("once_per")
    if item is None:
        return None
    given = [part.value for part in item.array] if isinstance(item.value, list) else [item.value]
    words = tuple(sorted(map(str, given), key=lambda word: word != "source"))
    if words in ONCE_PER:
        return words
    shown = ", ".join(map(str, given)) or "nothing"
    section.wrong(item, f"{shown} is none of the choices", f"{explained(choices.ONCE_PER)}; {choices.ONCE_PER_SOURCE}")
    return None
