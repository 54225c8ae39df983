"""`custom`: a bonus of your own class (plan language, section 5.6)."""

from collections.abc import Mapping
from typing import Literal

from attrs import field, frozen

from mlmcore.compensation.expressions.expression import Expression
from mlmcore.compensation.plan._values import expressions_by_name
from mlmcore.compensation.plan.bonus import Bonus

__all__ = ["CustomBonus"]


@frozen(kw_only=True)
class CustomBonus(Bonus):
    """What a class of your own offers; the class is described in `mlmcore.compensation.bonuses.custom`.

    Attributes:
        class_: The name of an entry point of the group `mlmcore.bonuses`, or `package:Class`.
        decimals: The decimal places of its exact amounts.
        people: Columns of people that it is given: by its own names, expressions on the person.
        orders: Columns of orders that it is given: by its own names, expressions on the order.
        options: What is the same for everybody, by its own names.
    """

    kind: Literal["custom"] = "custom"
    class_: str
    decimals: int
    people: Mapping[str, Expression] = field(factory=dict, converter=expressions_by_name)
    orders: Mapping[str, Expression] = field(factory=dict, converter=expressions_by_name)
    options: Mapping[str, Expression] = field(factory=dict, converter=expressions_by_name)

    @property
    def source(self) -> None:
        """It starts from what it likes."""

    @property
    def detail_or_default(self) -> Literal["order", "person", "payee"]:
        """What a line stands for."""
        return self.detail or "order"
