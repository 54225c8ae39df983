"""`levels`: walk up a tree from each source and pay by level (plan language, section 5.1)."""

from collections.abc import Mapping
from typing import Literal

from attrs import field, frozen

from mlmcore.compensation.expressions.expression import Expression
from mlmcore.compensation.plan._values import (
    expression,
    expressions,
    expressions_by_name_or_none,
    lists_by_name,
    one_of,
    required,
    source_of,
)
from mlmcore.compensation.plan.bonus import MeasuredBonus

__all__ = ["Decay", "LevelsBonus"]


@frozen(kw_only=True)
class Decay:
    """How a rate fades from level to level.

    Attributes:
        factor: What each level's rate is multiplied by for the next, between 0 and 1.
        places: Decimal places to which each rate is rounded, in the plan's mode.
    """

    factor: Expression = field(converter=required)
    places: int


@frozen(kw_only=True)
class LevelsBonus(MeasuredBonus):
    """Walk up a tree from each source and pay by level.

    Attributes:
        source: `orders`, `events.NAME`, or `people`; None with `earnings`.
        from_: With orders, whether the seller or the buyer is level 0.
        customer: With `from = "buyer"`: what an order without a buying distributor does.
        earnings: The ids of bonuses: each person who has something of them is a source.
        basis: With `earnings`: whether what was earned counts, exactly, or what was paid.
        base: What a rate is taken of; None with `amounts`, or for the sum of the earnings.
        counts: Who uses up a level.
        source_counts: Whether the source is asked `counts` too, and uses up a level.
        pay_uncounted: Whether somebody who doesn't count may be paid.
        first_level: The first level paid; 0 is the source itself.
        rates: A list by level, the first of `first_level`.
        rates_by_rank: A list by level for each rank.
        rate_by_rank: One rate at every level for each rank.
        rate: One rate as an expression, which may read `level`.
        amounts: Money by level instead of rates of a base.
        beyond: The rate after the list.
        face_rate: What a level is worth where nobody's rate says it; needs `rate`.
        depth: A number from a literal or parameter: the last level. Another number: how far up to this person
            levels are paid. A boolean: whether this person is paid at all. `unlimited`: up to the root.
        decay: How `rate` fades from level to level.
        stop_at: Ends the walk at this person.
        stop: Before or after that person is considered.
        pays: Who may be paid.
        unpaid: Where the level of somebody who isn't paid goes: `lost`, `next`, or `account:NAME`.
        no_upline: Where levels above the root go: `lost` or `account:NAME`.
        budget: The fixed sum of each source, of which the walk pays.
        residual: With `budget`: the account that gets what the walk leaves of it, `account:NAME`.
    """

    kind: Literal["levels"] = "levels"
    source: str | None = field(default=None, validator=source_of("orders", "people"))
    from_: Literal["seller", "buyer"] | None = field(default=None, validator=one_of("seller", "buyer"))
    customer: Literal["under_seller", "as_seller", "skip"] | None = field(
        default=None, validator=one_of("under_seller", "as_seller", "skip")
    )
    earnings: tuple[Expression, ...] | None = field(default=None, converter=expressions)
    basis: Literal["earned", "paid"] | None = field(default=None, validator=one_of("earned", "paid"))
    base: Expression | None = field(default=None, converter=expression)
    counts: Expression = field(converter=required)
    source_counts: bool = False
    pay_uncounted: bool = False
    first_level: int = 1
    rates: tuple[Expression, ...] | None = field(default=None, converter=expressions)
    rates_by_rank: Mapping[str, tuple[Expression, ...]] | None = field(default=None, converter=lists_by_name)
    rate_by_rank: Mapping[str, Expression] | None = field(default=None, converter=expressions_by_name_or_none)
    rate: Expression | None = field(default=None, converter=expression)
    amounts: tuple[Expression, ...] | None = field(default=None, converter=expressions)
    beyond: Expression | None = field(default=None, converter=expression)
    face_rate: Expression | None = field(default=None, converter=expression)
    depth: Expression | None = field(default=None, converter=expression)
    decay: Decay | None = None
    stop_at: Expression | None = field(default=None, converter=expression)
    stop: Literal["before", "after"] | None = field(default=None, validator=one_of("before", "after"))
    pays: Expression = field(default=Expression(text="true"), converter=required)
    unpaid: str
    no_upline: str
    budget: Expression | None = field(default=None, converter=expression)
    residual: str | None = None

    @property
    def cascades(self) -> bool:
        """Whether it starts from what it pays itself."""
        return any(one.text == self.id for one in self.earnings or ())

    @property
    def detail_or_default(self) -> Literal["order", "person", "payee"]:
        """What a line stands for."""
        return self.detail or ("order" if self.dated else "person")
