"""Read a `custom` bonus."""

from typing import Any

from mlmcore.compensation.expressions.expression import Expression
from mlmcore.compensation.loader._section import Section
from mlmcore.compensation.plan import CustomBonus


def read_custom(section: Section, _: str | None, common: dict[str, Any]) -> CustomBonus:
    named = section.need("class", 'an entry point of the group mlmcore.bonuses, or "package:Class"')
    decimals = section.need("decimals", "the decimal places of its exact amounts: decimals = 4")
    return CustomBonus(
        **common,
        class_=section.text(named),
        decimals=section.whole(decimals, 2, 0, 12),
        people=_expressions(section, "people"),
        orders=_expressions(section, "orders"),
        options=_expressions(section, "options"),
    )


def _expressions(section: Section, key: str) -> dict[str, Expression]:
    entries = section.entries(key)
    return {name: section.expression(item) or Expression(text="0") for name, item in entries.items()}
