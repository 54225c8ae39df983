"""`differential`: walk up a tree paying only the difference to what was met below (plan language, section 5.2)."""

from typing import Literal

from attrs import field, frozen

from mlmcore.compensation.expressions.expression import Expression
from mlmcore.compensation.plan._values import expression, expressions, one_of, required, source_of
from mlmcore.compensation.plan.bonus import MeasuredBonus

__all__ = ["DifferentialBonus", "Equal"]


@frozen(kw_only=True)
class Equal:
    """What somebody gets whose rate is no higher than one met below, but equal to the highest.

    Attributes:
        rate: The rate paid, a figure of the plan or the company.
        generations: How many people get it before a higher rate is met.
    """

    rate: Expression = field(converter=required)
    generations: Expression = field(converter=required)


@frozen(kw_only=True)
class DifferentialBonus(MeasuredBonus):
    """Walk up a tree from each source; whoever has a higher rate than everybody met so far gets the difference.

    Attributes:
        source: `orders`, `events.NAME`, or `people`; None with `earnings`.
        from_: With orders, whether the seller or the buyer is level 0.
        customer: With `from = "buyer"`: what an order without a buying distributor does.
        earnings: The ids of bonuses: each person who has something of them is a source.
        basis: With `earnings`: whether what was earned counts, exactly, or what was paid.
        base: What a rate is taken of; None is the sum of the earnings.
        rate: Each person's rate.
        initial: The rate that counts as met before anybody is: 0, or an expression on the source.
        counts: Who is met at all, and uses up a level.
        source_counts: Whether the source is asked `counts` too, and uses up a level.
        first_level: The first level at which people are met; 0 is the source itself.
        pays: Who may be paid.
        unqualified: Whether somebody who is not paid is passed over, or their rate counts as met.
        blocked_by: Ends the walk before this person.
        minimum_level: The first level that is paid; rates met below it count, and pay nobody.
        equal: What an equal rate gets.
        limit: The rate at which the walk ends.
        no_upline: With `limit`: where what is left of it above the root goes, `lost` or `account:NAME`.
    """

    kind: Literal["differential"] = "differential"
    source: str | None = field(default=None, validator=source_of("orders", "people"))
    from_: Literal["seller", "buyer"] | None = field(default=None, validator=one_of("seller", "buyer"))
    customer: Literal["under_seller", "as_seller", "skip"] | None = field(
        default=None, validator=one_of("under_seller", "as_seller", "skip")
    )
    earnings: tuple[Expression, ...] | None = field(default=None, converter=expressions)
    basis: Literal["earned", "paid"] | None = field(default=None, validator=one_of("earned", "paid"))
    base: Expression | None = field(default=None, converter=expression)
    rate: Expression = field(converter=required)
    initial: Expression = field(converter=required)
    counts: Expression = field(default=Expression(text="true"), converter=required)
    source_counts: bool = False
    first_level: int = 1
    pays: Expression = field(default=Expression(text="true"), converter=required)
    unqualified: Literal["skip", "consumes"] | None = field(default=None, validator=one_of("skip", "consumes"))
    blocked_by: Expression | None = field(default=None, converter=expression)
    minimum_level: Expression | None = field(default=None, converter=expression)
    equal: Equal | None = None
    limit: Expression | None = field(default=None, converter=expression)
    no_upline: str | None = None

    @property
    def cascades(self) -> bool:
        """Whether it starts from what it pays itself."""
        return any(one.text == self.id for one in self.earnings or ())

    @property
    def detail_or_default(self) -> Literal["order", "person", "payee"]:
        """What a line stands for."""
        return self.detail or ("order" if self.dated else "person")
