"""`amount`: a plain formula (plan language, section 5.5)."""

from typing import Literal

from attrs import field, frozen

from mlmcore.compensation.expressions.expression import Expression
from mlmcore.compensation.plan._values import expression, one_of, required, source_of
from mlmcore.compensation.plan.bonus import Bonus

__all__ = ["AmountBonus"]


@frozen(kw_only=True)
class AmountBonus(Bonus):
    """A plain formula, per person, or per order or event.

    Attributes:
        source: `orders`, `events.NAME`, or None for one amount per person.
        from_: With orders, whose the order is: the person paid unless `payee` says otherwise.
        amount: The formula, in money, in points with a `point_value`, or plain (read as money).
        qualifies: False makes an unpaid line.
        payee: A person or an account; None is the person, or the order's `from`.
        customer: With `from = "buyer"`: what an order without a buying distributor does.
    """

    kind: Literal["amount"] = "amount"
    source: str | None = field(default=None, validator=source_of("orders"))
    from_: Literal["seller", "buyer"] | None = field(default=None, validator=one_of("seller", "buyer"))
    amount: Expression = field(converter=required)
    qualifies: Expression = field(default=Expression(text="true"), converter=required)
    payee: Expression | None = field(default=None, converter=expression)
    customer: Literal["as_seller", "skip"] | None = field(default=None, validator=one_of("as_seller", "skip"))

    @property
    def detail_or_default(self) -> Literal["order", "person", "payee"]:
        """What a line stands for."""
        return self.detail or ("order" if self.dated else "person")
