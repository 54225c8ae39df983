"""The slow twin of columns that read themselves: the same questions, asked person by person with plain recursion.

What goes down or up one tree needs nothing but asking; only what a bonus has `earned` and `paid` must not run it whole.
A cycle of ranks through several trees starts from no rank for everybody and is asked again until nothing changes.
"""

from fractions import Fraction
from typing import Any

from mlmcore.compensation.plan import AmountBonus
from reference.engine import Inputs, Twin
from reference.expressions import rounded


class RecursiveTwin(Twin):
    """A run in which columns may read themselves down or up a tree."""

    @property
    def mode(self) -> str:
        """How the plan rounds."""
        return self.plan.rounding.mode.value

    def _compute(self, name: str, person: str) -> Any:
        bonus_id, _, column = name.partition(".")
        bonus = next((one for one in self.plan.bonuses if one.id == bonus_id), None)
        if column not in {"earned", "paid"} or not isinstance(bonus, AmountBonus) or bonus.source is not None:
            return super()._compute(name, person)
        if column == "paid":
            paid = rounded(self.person_column(f"{bonus_id}.earned", person), self.plan.rounding.places, self.mode)
            return max(paid, Fraction(0)) if bonus.negative == "zero" else paid
        env = {"self": person, "source": person}
        if bonus.where is not None and not self.ask(bonus.where, env):
            return Fraction(0)
        point = 1 if bonus.point_value is None else self.ask(bonus.point_value, {})
        return self.ask(bonus.amount, env) * point if self.ask(bonus.qualifies, env) else Fraction(0)


class FixpointTwin(Twin):
    """A run in which ranks read one another through several trees."""

    def __init__(self, plan: Any, inputs: Inputs) -> None:
        super().__init__(plan, inputs)
        self._known = dict.fromkeys([(which, one) for which in ("", "now", "best") for one in self.people])
        self._asking = False
        while self._changes():
            pass

    def _changes(self) -> bool:
        self.columns.clear()
        self._outcomes.clear()
        found = {(which, one): super(FixpointTwin, self)._rank(which, one) for which, one in self._known}
        changed, self._known = found != self._known, found
        self.columns.clear()
        return changed

    def _rank(self, which: str, person: str) -> int | None:
        return self._known[which, person]
