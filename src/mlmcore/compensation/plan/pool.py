"""`pool`: share a fund (plan language, section 5.4)."""

from collections.abc import Iterable
from typing import Literal

from attrs import field, frozen

from mlmcore.compensation.expressions.expression import Expression
from mlmcore.compensation.plan._values import expression, one_of, required
from mlmcore.compensation.plan.bonus import Bonus

__all__ = ["PoolBonus", "PoolPart"]


@frozen(kw_only=True)
class PoolPart:
    """A part of a pool: so much of the fund, shared out by its own measure.

    Attributes:
        weight: Its part of the fund, in proportion to the weights of all parts; the same for everybody.
        shares: How many shares of it somebody has.
    """

    weight: Expression = field(converter=required)
    shares: Expression = field(converter=required)


def _parts(parts: Iterable[PoolPart]) -> tuple[PoolPart, ...]:
    return tuple(parts)


@frozen(kw_only=True)
class PoolBonus(Bonus):
    """Split a fund over people in proportion to their shares.

    Attributes:
        fund: What comes into the fund in this period; the same for everybody.
        shares: How many shares somebody has; None where there are parts.
        parts: Parts over which the fund is split first; none where there is `shares`.
        eligible: Who is in the divisor, and has a place.
        qualifies: False makes an unpaid line of somebody's share.
        order_by: By what people are placed, the largest first.
        top: Only the places up to this one have shares.
        ties: What people with the same `order_by` get: the mean of their places (`share`), or places by the day they
            joined (`joined`) or by id (`id`).
        share_value: Whether the value of one share is `exact`, or `rounded` down to the unit of money.
        remainder: `largest_remainder`, or `account:NAME`: what becomes of what whole units leave.
        nobody: `carry`, or `account:NAME`: what becomes of a fund, or a part of it, in which nobody has a share.
        release: Until it holds the fund is carried.
    """

    kind: Literal["pool"] = "pool"
    fund: Expression = field(converter=required)
    shares: Expression | None = field(default=None, converter=expression)
    parts: tuple[PoolPart, ...] = field(default=(), converter=_parts)
    eligible: Expression = field(default=Expression(text="true"), converter=required)
    qualifies: Expression = field(default=Expression(text="true"), converter=required)
    order_by: Expression | None = field(default=None, converter=expression)
    top: Expression | None = field(default=None, converter=expression)
    ties: Literal["share", "joined", "id"] | None = field(default=None, validator=one_of("share", "joined", "id"))
    share_value: Literal["exact", "rounded"] = field(validator=one_of("exact", "rounded"))
    remainder: str
    nobody: str
    release: Expression | None = field(default=None, converter=expression)

    @property
    def source(self) -> None:
        """It starts from people, not from orders."""

    @property
    def detail_or_default(self) -> Literal["order", "person", "payee"]:
        """What a line stands for: the payee."""
        return "payee"

    @property
    def after_fund(self) -> tuple[Expression, ...]:
        """What is asked once the fund is known, and may read it as `ID.fund`."""
        parts = [one for part in self.parts for one in (part.weight, part.shares)]
        options = (self.shares, self.eligible, self.qualifies, self.order_by, self.top, self.release, *parts)
        return tuple(one for one in options if one is not None)

    @property
    def shares_by_part(self) -> tuple[Expression, ...]:
        """The shares of each part; where there are none, those of the whole fund."""
        return tuple(part.shares for part in self.parts) if self.shares is None else (self.shares,)
