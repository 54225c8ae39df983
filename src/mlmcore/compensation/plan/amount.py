"""`amount`: a plain formula (plan language, section 5.5)."""

from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal

from attrs import Attribute, field, frozen

from mlmcore.compensation.expressions.expression import Expression
from mlmcore.compensation.plan._values import expression, items, one_of, required, source_of
from mlmcore.compensation.plan.bonus import MeasuredBonus

__all__ = ["ONCE_PER", "AmountBonus", "AmountOfRank"]

ONCE_PER: Final = (("rank",), ("lifetime",), ("period",), ("source", "lifetime"), ("source", "period"))
"""What an amount may be paid once per."""


def _once(words: str | Iterable[str] | None) -> tuple[str, ...] | None:
    return None if words is None else (words,) if isinstance(words, str) else tuple(words)


def _known(_: object, attribute: "Attribute[Any]", words: tuple[str, ...] | None) -> None:
    if words is not None and words not in ONCE_PER:
        raise ValueError(f"{attribute.name} must be one of {', '.join(map(repr, ONCE_PER))}, not {words!r}")


@frozen(kw_only=True)
class AmountOfRank:
    """The expressions of an amount, typed for one rank newly reached."""

    amount: Expression
    qualifies: Expression
    where: Expression | None
    payee: Expression | None


@frozen(kw_only=True)
class AmountBonus(MeasuredBonus):
    """A plain formula, per person, or per order or event.

    Attributes:
        source: `orders`, `events.NAME`, or None for one amount per person.
        from_: With orders, whose the order is: the person paid unless `payee` says otherwise.
        amount: The formula, in money, in points with a `point_value`, or plain (read as money).
        qualifies: False makes an unpaid line.
        payee: A person or an account; None is the person, or the order's `from`.
        customer: With `from = "buyer"`: what an order without a buying distributor does.
        once_per: `rank`; `lifetime` or `period`, each maybe with `source`: what is paid only once; None: whenever.
        skipped: With `once_per = "rank"`: whether ranks that were jumped over are `paid` or `lost`.
        of_ranks: With `once_per = "rank"`: the expressions typed for each rank, by its id; filled when it is checked.
    """

    kind: Literal["amount"] = "amount"
    source: str | None = field(default=None, validator=source_of("orders"))
    from_: Literal["seller", "buyer"] | None = field(default=None, validator=one_of("seller", "buyer"))
    amount: Expression = field(converter=required)
    qualifies: Expression = field(default=Expression(text="true"), converter=required)
    payee: Expression | None = field(default=None, converter=expression)
    customer: Literal["as_seller", "skip"] | None = field(default=None, validator=one_of("as_seller", "skip"))

    once_per: tuple[str, ...] | None = field(default=None, converter=_once, validator=_known)
    skipped: Literal["paid", "lost"] | None = field(default=None, validator=one_of("paid", "lost"))
    of_ranks: Mapping[str, "AmountOfRank"] = field(factory=dict, eq=False, repr=False, converter=items)

    @property
    def per_rank(self) -> bool:
        """Whether it is computed for each rank newly reached."""
        return self.once_per == ("rank",)

    @property
    def detail_or_default(self) -> Literal["order", "person", "payee"]:
        """What a line stands for."""
        return self.detail or ("order" if self.dated else "person")
