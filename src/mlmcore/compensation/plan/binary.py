"""`binary`: pair the two legs of a placement tree (plan language, section 5.3)."""

from typing import Literal

from attrs import field, frozen

from mlmcore.compensation.expressions.expression import Expression
from mlmcore.compensation.plan._values import expression, one_of, required
from mlmcore.compensation.plan.bonus import Bonus

__all__ = ["BinaryBonus", "PairCap"]


@frozen(kw_only=True)
class PairCap:
    """The most that a person gets by one binary bonus in a period: in money, or in pairs; one of the two."""

    money: Expression | None = field(default=None, converter=expression)
    pairs: Expression | None = field(default=None, converter=expression)


@frozen(kw_only=True)
class BinaryBonus(Bonus):
    """Match the weaker of two legs with the stronger one, pay on what matched, and carry what is left.

    Attributes:
        volume: What each person adds to the legs of everybody above.
        pay: `percent` of the matched volume, an amount for each of so many `pairs`, or the `steps` of a table.
        percent: With `percent`: the rate.
        unit: With `pairs`: the volume that a leg gives to a pair.
        ratio: With `pairs`: how many units the left and the right leg give; `either`: the weak one 1, the strong one 2;
            `pair_by_pair`: to each pair the one that is then the smaller 1, the other 2.
        amount: With `pairs`: money for each.
        steps: With `steps`: the threshold table; the threshold reached is what matches, its value is paid.
        after: What matching does to the legs: `subtract`, `flush`, `clear_weak`.
        match_minimum: Below it nothing matches.
        match_maximum: No more than this matches.
        cap: The most that is paid.
        over_cap: What happens to volume that was not paid for: `flush_excess`, `flush_both`, `carry`.
        carry_limit: The most that a leg carries out.
        pays: Who may be paid.
        inactive: What happens to the legs of whoever may not: `keep`, `freeze`, `match`, `reset`.
    """

    kind: Literal["binary"] = "binary"
    volume: Expression = field(converter=required)
    pay: Literal["percent", "pairs", "steps"] = field(validator=one_of("percent", "pairs", "steps"))
    percent: Expression | None = field(default=None, converter=expression)
    unit: Expression | None = field(default=None, converter=expression)
    ratio: Literal["1:1", "1:2", "2:1", "either", "pair_by_pair"] | None = field(
        default=None, validator=one_of("1:1", "1:2", "2:1", "either", "pair_by_pair")
    )
    amount: Expression | None = field(default=None, converter=expression)
    steps: str | None = None
    after: Literal["subtract", "flush", "clear_weak"] = field(validator=one_of("subtract", "flush", "clear_weak"))
    match_minimum: Expression | None = field(default=None, converter=expression)
    match_maximum: Expression | None = field(default=None, converter=expression)
    cap: PairCap | None = None
    over_cap: Literal["flush_excess", "flush_both", "carry"] | None = field(
        default=None, validator=one_of("flush_excess", "flush_both", "carry")
    )
    carry_limit: Expression | None = field(default=None, converter=expression)
    pays: Expression = field(default=Expression(text="true"), converter=required)
    inactive: Literal["keep", "freeze", "match", "reset"] | None = field(
        default=None, validator=one_of("keep", "freeze", "match", "reset")
    )

    @property
    def pays_by(self) -> Literal["percent", "amount", "steps"]:
        """The key that says how much."""
        return "amount" if self.pay == "pairs" else self.pay

    @property
    def source(self) -> None:
        """It starts from people, not from orders."""

    @property
    def detail_or_default(self) -> Literal["order", "person", "payee"]:
        """What a line stands for: the payee."""
        return "payee"
