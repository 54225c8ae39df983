"""Two results over the same people and one period, side by side: who gains, who loses, and what it costs.

What a change of a plan would do is seen by calculating both plans over the same inputs. Nothing is computed here but
differences of what the two runs paid, in minor units.
"""

from collections.abc import Mapping
from functools import cached_property
from types import MappingProxyType
from typing import Final

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from mlmcore.compensation.result import Result
from mlmcore.compensation.rounding import total_of
from mlmcore.domain.errors import Finding, InputError
from mlmcore.domain.money import Money

__all__ = ["Comparison", "PersonChange", "Totals", "compare"]

_NAMED: Final = 3


@frozen(kw_only=True)
class Totals:
    """One sum under both plans.

    Attributes:
        before: Under the first.
        after: Under the second.
    """

    before: Money
    after: Money

    @property
    def change(self) -> Money:
        """What the second pays more; less than nothing where it pays less."""
        return self.after - self.before


@frozen(kw_only=True)
class PersonChange:
    """What changes for one person.

    Attributes:
        person: Their id.
        rank_before: Their rank under the first plan; None for none.
        rank_after: Under the second.
        paid: What they are paid in all.
        bonuses: What they are paid by each bonus that changes for them.
    """

    person: str
    rank_before: str | None
    rank_after: str | None
    paid: Totals
    bonuses: Mapping[str, Totals]


@frozen(kw_only=True, eq=False, slots=False)
class Comparison:
    """Two results over the same people and one period.

    Attributes:
        before: The first.
        after: The second.
        position: int64[n]: where each person of the first stands among the people of the second.
    """

    before: Result
    after: Result
    position: NDArray[np.int64] = field(repr=False)

    @cached_property
    def by_person(self) -> NDArray[np.int64]:
        """int64[n]: what each person is paid more under the second plan, in minor units, in the first's order."""
        size = len(self.position)
        return self.after.lines.by_person(size)[self.position] - self.before.lines.by_person(size)

    @cached_property
    def gainers(self) -> NDArray[np.intp]:
        """Who is paid more under the second plan, the largest gain first, then by id."""
        return self._ordered(self.by_person > 0)

    @cached_property
    def losers(self) -> NDArray[np.intp]:
        """Who is paid less under the second plan, the largest loss first, then by id."""
        return self._ordered(self.by_person < 0)

    @property
    def unchanged(self) -> int:
        """How many are paid as before."""
        return int((self.by_person == 0).sum())

    @property
    def gained(self) -> Money:
        """What those who gain are paid more, together."""
        return Money(total_of(self.by_person[self.by_person > 0]), self.before.plan.currency)

    @property
    def lost(self) -> Money:
        """What those who lose are paid less, together."""
        return Money(-total_of(self.by_person[self.by_person < 0]), self.before.plan.currency)

    @property
    def paid(self) -> Totals:
        """What people and accounts are paid in all."""
        before, after = (run.lines.total + run.accounts.total for run in (self.before, self.after))
        return self._totals(before, after)

    @property
    def by_bonus(self) -> Mapping[str, Totals]:
        """What people and accounts are paid by each bonus of either plan, those of the first plan first."""
        return self._by_name(_by_bonus(self.before), _by_bonus(self.after))

    @property
    def by_account(self) -> Mapping[str, Totals]:
        """What each account of either plan gets."""
        return self._by_name(self.before.accounts.by_account(), self.after.accounts.by_account())

    @cached_property
    def rank_moves(self) -> Mapping[tuple[str | None, str | None], int]:
        """How many people have another rank, by both ranks, the lowest of the first plan first; None for no rank."""
        was, names_before = self.before.ranks.values, (*self.before.plan.rank_ids, None)
        now, names_after = self.after.ranks.values[self.position], (*self.after.plan.rank_ids, None)
        pairs, counts = np.unique(np.stack([was, now]), axis=1, return_counts=True)
        found: dict[tuple[str | None, str | None], int] = {}
        for old, new, count in zip(*pairs.tolist(), counts.tolist(), strict=True):
            if names_before[old] != names_after[new]:
                found[names_before[old], names_after[new]] = count
        return MappingProxyType(found)

    def change_of(self, person: int) -> PersonChange:
        """What changes for one person.

        Args:
            person: Their index in the network of `before`.
        """
        there = int(self.position[person])
        was, now = _paid_by_bonus(self.before, person), _paid_by_bonus(self.after, there)
        bonuses = self._by_name(was, now)
        return PersonChange(
            person=self.before.network.ids.label(person),
            rank_before=_rank(self.before, person),
            rank_after=_rank(self.after, there),
            paid=self._totals(sum(was.values()), sum(now.values())),
            bonuses=MappingProxyType({name: one for name, one in bonuses.items() if one.before != one.after}),
        )

    def _ordered(self, chosen: NDArray[np.bool_]) -> NDArray[np.intp]:
        people = np.flatnonzero(chosen)
        return people[np.lexsort((self.before.network.ids.rank[people], -np.abs(self.by_person[people])))]

    def _by_name(self, before: Mapping[str, int], after: Mapping[str, int]) -> Mapping[str, Totals]:
        """Minor units under both plans, by the names of either."""
        return MappingProxyType(
            {name: self._totals(before.get(name, 0), after.get(name, 0)) for name in {**before, **after}}
        )

    def _totals(self, before: int, after: int) -> Totals:
        currency = self.before.plan.currency
        return Totals(before=Money(before, currency), after=Money(after, currency))


def compare(before: Result, after: Result) -> Comparison:
    """Hold two results against each other.

    Args:
        before: What is.
        after: What would be.

    Raises:
        InputError: They are of other periods, currencies or people, so that a difference would mean nothing.
    """
    findings = [*_other_terms(before, after), *_other_people(before, after)]
    if findings:
        raise InputError(findings)
    return Comparison(
        before=before, after=after, position=after.network.ids.find(before.network.ids.keys).astype(np.int64)
    )


def _other_terms(before: Result, after: Result) -> list[Finding]:
    """What of both plans must be one."""
    asked = (
        ("period", f"{before.period.id} in {before.period.timezone}", f"{after.period.id} in {after.period.timezone}"),
        ("currency", before.plan.currency, after.plan.currency),
    )
    return [
        Finding(
            code="comparison.terms",
            what=f"the first run's {name} is {old}, the second's {new}",
            todo="calculate both over one period, in one currency",
            path=name,
        )
        for name, old, new in asked
        if old != new
    ]


def _other_people(before: Result, after: Result) -> list[Finding]:
    """Who is in one run only."""
    found = []
    for word, one, other in (("first", before, after), ("second", after, before)):
        alone = np.flatnonzero(other.network.ids.find(one.network.ids.keys) < 0)
        if len(alone):
            names = ", ".join(sorted(one.network.ids.labels(alone))[:_NAMED])
            more = f" and {len(alone) - _NAMED:,} more" if len(alone) > _NAMED else ""
            what = f"the {word} run alone has {names}{more}"
            todo = "calculate both over the same people"
            found.append(Finding(code="comparison.people", what=what, todo=todo, path="people"))
    return found


def _by_bonus(run: Result) -> dict[str, int]:
    """Minor units that people and accounts are paid, by bonus."""
    sums = {bonus.id: 0 for bonus in run.plan.bonuses if not bonus.is_column}
    for lines in (run.lines, run.accounts):
        for segment in lines.segments:
            sums[segment.bonus] = sums.get(segment.bonus, 0) + total_of(segment.amount)
    return sums


def _paid_by_bonus(run: Result, person: int) -> dict[str, int]:
    """Minor units that one person is paid, by bonus."""
    sums: dict[str, int] = {}
    for segment in run.lines.segments:
        paid = segment.amount[segment.payee == person]
        if len(paid):
            sums[segment.bonus] = sums.get(segment.bonus, 0) + total_of(paid)
    return sums


def _rank(run: Result, person: int) -> str | None:
    code = int(run.ranks.values[person])
    return None if code < 0 else run.plan.rank_ids[code]
