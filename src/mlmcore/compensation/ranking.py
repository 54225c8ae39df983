"""Which rank people have: by requirement, by attribute, the highest ever; with given ranks laid over.

For everybody at once, or for some people while a recursion goes through a tree.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from mlmcore.compensation._given import RANK, laid_over_ranks
from mlmcore.compensation._no_ranks import no_ranks
from mlmcore.compensation.columns import Column
from mlmcore.compensation.expressions.evaluate import evaluate
from mlmcore.compensation.expressions.frame import Frame
from mlmcore.compensation.frames import Sheet
from mlmcore.compensation.plan import Plan
from mlmcore.compensation.previous import best_before
from mlmcore.domain.errors import Findings

__all__ = ["NO_RANK", "Ranking", "Ranks", "rank_columns"]

NO_RANK: Final = -1
_NOT_GIVEN: Final = -2

Positions = NDArray[np.int16]


@frozen(kw_only=True, eq=False)
class Ranks:
    """Ranks of some people as positions, the lowest 0, none -1; int16, a row each.

    Attributes:
        current: As the plan's rule says.
        best: The highest ever held, this period included.
        now: By this period's requirements.
    """

    current: Positions
    best: Positions
    now: Positions


class Ranking:
    """The rule of one plan for the people of one run.

    Args:
        sheet: What the run knows: everything that is no requirement is read at once.

    Raises:
        InputError: An attribute, or the previous state, holds a rank that the plan does not have.
    """

    def __init__(self, sheet: Sheet) -> None:
        plan, size = sheet.plan, sheet.size
        rule = plan.rank_rule
        self._plan = plan
        self._ladder = rule is not None and rule.climb == "ladder"
        self._takes_best = rule is not None and rule.source == "best"
        self._required_positions = [place for place, rank in enumerate(plan.ranks) if rank.requires is not None]
        self._held = _by_attribute(sheet, rule.attribute) if rule is not None and rule.source == "attribute" else None
        self._before = best_before(plan, sheet.rows)
        nothing = np.full(size, _NOT_GIVEN, dtype=np.int16)
        self._given = laid_over_ranks(nothing, sheet.rows.given.get(RANK), plan.rank_ids)

    def of(self, frame: Frame, rows: NDArray[np.int32] | None = None) -> Ranks:
        """The ranks of the people of a frame.

        Args:
            frame: Everybody, or some.
            rows: int32[frame.size]: who they are; None is everybody.

        Raises:
            InputError: A requirement cannot be computed.
        """
        before, given = _some(self._before, rows), _some(self._given, rows)
        held = None if self._held is None else _some(self._held, rows)
        by_requirement = self._by_requirement(frame)
        current = by_requirement if held is None else held
        now = current if held is not None and not self._required_positions else by_requirement
        now, current = _laid_over(now, given), _laid_over(current, given)
        best = np.maximum(before, np.maximum(now, current)).astype(np.int16)
        return Ranks(current=_laid_over(best, given) if self._takes_best else current, best=best, now=now)

    def of_one(self, person: int, holds: Sequence[bool]) -> tuple[int, int, int]:
        """One person's current, best and present rank, from which of the requirements hold, lowest first."""
        reached = NO_RANK
        for position, one in zip(self._required_positions, holds, strict=True):
            if not one and self._ladder:
                break
            reached = position if one else reached
        given, held = int(self._given[person]), None if self._held is None else int(self._held[person])
        current = reached if held is None else held
        now = current if held is not None and not self._required_positions else reached
        if given != _NOT_GIVEN:
            now = current = given
        best = max(int(self._before[person]), now, current)
        if self._takes_best:
            current = best if given == _NOT_GIVEN else given
        return current, best, now

    def _by_requirement(self, frame: Frame) -> Positions:
        """The highest rank whose requirement holds; on a ladder, only while every lower one holds too."""
        reached = np.full(frame.size, NO_RANK, dtype=np.int16)
        climbing = np.ones(frame.size, dtype=np.bool_)
        for position, rank in enumerate(self._plan.ranks):
            if rank.requires is None:
                continue
            holds = evaluate(rank.requires.node, frame).values
            climbing &= holds
            reached[climbing if self._ladder else holds] = position
        return reached


def rank_columns(ranks: Ranks, plan: Plan) -> dict[str, Column]:
    """The columns of people that ranks publish."""
    named = {"rank": ranks.current, "rank.best": ranks.best, "rank.now": ranks.now}
    return {name: Column.ranks(positions, plan.rank_ids) for name, positions in named.items()}


def _by_attribute(sheet: Sheet, name: str) -> Positions:
    column, plan = sheet.person[name], sheet.plan
    findings = Findings()
    for found in no_ranks(column, plan, sheet.rows.network.ids.label):
        what = f"{name} is {found.text!r}, which is no rank of the plan{found.and_more}"
        findings.add(code="inputs.rank", what=what, todo=found.todo, path=f"person {found.person!r}")
    findings.raise_if_any()
    known = {rank: position for position, rank in enumerate(plan.rank_ids)}
    positions = np.array([*(known.get(text, NO_RANK) for text in column.categories), NO_RANK], dtype=np.int16)
    return np.asarray(positions[column.values], dtype=np.int16)


def _some(positions: Positions, rows: NDArray[np.int32] | None) -> Positions:
    return positions if rows is None else positions[rows]


def _laid_over(positions: Positions, given: Positions) -> Positions:
    return np.where(given == _NOT_GIVEN, positions, given)
