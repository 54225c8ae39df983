"""What `why` asks of a kind of bonus: its clauses, its conditions, and what stands behind a rate."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Generic, TypeVar

from attrs import frozen

from mlmcore.compensation._explained._teller import OfSpan, Pair, Teller
from mlmcore.compensation.expressions.expression import Expression, Place
from mlmcore.compensation.plan import AnyBonus, WalkBonus

__all__ = ["Line", "Told", "ToldWalk", "base_of_walk"]


@frozen(kw_only=True)
class Line:
    """A line that is told, and what is known of it.

    Attributes:
        person: Whose it is.
        level: The level, -1 for none.
        pair: Whom a walk reached, where its conditions ask more than the person.
        order: The order or event, -1 where it is not known.
        source: The person from whom it comes, -1 where that is not known.
        span: Of a bonus that runs for other periods than the plan's, the one that it belongs to, otherwise "".
    """

    person: int
    level: int
    pair: Pair | None
    order: int = -1
    source: int = -1
    span: str = ""


def base_of_walk(bonus: WalkBonus) -> str:
    """The formula of a walk's base, and of what the earnings are made that it takes."""
    if bonus.base is None:
        return ""
    earned = " + ".join(f"{one.text}.{bonus.basis}" for one in bonus.earnings or ())
    return f"{bonus.base.text}, where earnings = {earned}" if earned else bonus.base.text


B = TypeVar("B", bound=AnyBonus)
W = TypeVar("W", bound=WalkBonus)


class Told(ABC, Generic[B]):
    """How one kind of bonus is told; what a kind has nothing to say about stays as it is here."""

    @abstractmethod
    def qualifies(self, bonus: B) -> Expression | None:
        """The condition that decides whether a line is paid; None where the plan holds none."""

    @abstractmethod
    def rate_place(self, bonus: B, level: int, rank: object) -> Place:
        """Where the rate of a level stands, for somebody of this rank; a formula's own place."""

    @abstractmethod
    def formula(self, bonus: B, level: int) -> str:
        """The formula of the base, or of the amount."""

    def rate_for_show(self, bonus: B) -> bool:
        """Whether a rate is rounded for show, so that base times rate is not the exact amount."""
        return False

    def unqualified(self, teller: Teller, bonus: B, line: Line) -> str:
        """Why somebody does not qualify: the condition that failed, with its values; or there is no rate."""
        condition = self.qualifies(bonus)
        if condition is None:
            return ""
        if teller.is_merged(condition, line.pair) or not teller.holds(condition, line.person, line.pair):
            return teller.said(condition, line.person, line.pair)
        return f"there is no rate on level {line.level} for the rank {teller.result.ranks.text(line.person)}"

    def refused(self, teller: Teller, bonus: B, reason: str, person: int, level: int, pair: Pair | None) -> str:
        """Why somebody is not paid, for a reason of this kind's own, with the values that decided it."""
        return ""

    def of_spans(self, teller: Teller, bonus: B) -> Mapping[str, OfSpan]:
        """What it published in each of several periods for which it ran, by period id, where that differs."""
        return {}

    def behind(self, teller: Teller, bonus: B, line: Line) -> str:
        """What a rate or an amount was made of, where base and rate do not say it."""
        return ""

    def passed(self, teller: Teller, bonus: B, person: int, pair: Pair | None) -> str:
        """Why a walk went on at somebody."""
        return ""


class ToldWalk(Told[W]):
    """How a kind is told whose walks pass people between the source and the payee."""

    def qualifies(self, bonus: W) -> Expression:
        return bonus.pays
