"""What `why` asks of a kind of bonus: its clauses, its conditions, and what stands behind a rate."""

from typing import Generic, TypeVar

from mlmcore.compensation._explained._teller import Pair, Teller
from mlmcore.compensation.expressions.expression import Expression, Place
from mlmcore.compensation.plan import AnyBonus, WalkBonus

__all__ = ["Told", "base_of_walk"]


def base_of_walk(bonus: WalkBonus) -> str:
    """The formula of a walk's base, and of what the earnings are made that it takes."""
    if bonus.base is None:
        return ""
    earned = " + ".join(f"{one.text}.{bonus.basis}" for one in bonus.earnings or ())
    return f"{bonus.base.text}, where earnings = {earned}" if earned else bonus.base.text


B = TypeVar("B", bound=AnyBonus)


class Told(Generic[B]):
    """How one kind of bonus is told; what a kind has nothing to say about stays as it is here."""

    walks: bool = False
    """Whether people may stand between the source and the payee, who are then told too."""

    rate_for_show: bool = False
    """Whether a rate is rounded for show, so that base times rate is not the exact amount."""

    def qualifies(self, bonus: B) -> Expression | None:
        """The condition that decides whether a line is paid; None where the plan holds none."""
        raise NotImplementedError

    def counts(self, bonus: B) -> Expression:
        """Of a kind that walks, the condition that decides who uses up a level."""
        raise NotImplementedError

    def rate_place(self, bonus: B, level: int, rank: object) -> Place:
        """Where the rate of a level stands, for somebody of this rank; a formula's own place."""
        raise NotImplementedError

    def formula(self, bonus: B, level: int) -> str:
        """The formula of the base, or of the amount."""
        raise NotImplementedError

    def refused(self, teller: Teller, bonus: B, reason: str, person: int, level: int, pair: Pair | None) -> str:
        """Why somebody is not paid, for a reason of this kind's own, with the values that decided it."""
        return ""

    def behind(self, teller: Teller, bonus: B, order: int, source: int, person: int, pair: Pair | None) -> str:
        """What a rate or an amount was made of, where base and rate do not say it."""
        return ""

    def passed(self, teller: Teller, bonus: B, person: int, pair: Pair | None) -> str:
        """Why a walk went on at somebody."""
        return ""
