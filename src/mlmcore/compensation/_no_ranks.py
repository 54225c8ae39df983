"""Texts that should name ranks of the plan and don't: whose they are, and which rank was probably meant."""

from collections.abc import Callable, Iterator

import numpy as np
from attrs import frozen

from mlmcore.compensation.columns import Column
from mlmcore.compensation.nearest import nearest
from mlmcore.compensation.plan import Plan

__all__ = ["NoRank", "no_ranks"]


@frozen(kw_only=True)
class NoRank:
    """A text that is no rank.

    Attributes:
        text: What it says.
        person: Whose it is first, by id.
        more: How many further rows say the same.
        todo: Which rank was probably meant.
    """

    text: str
    person: str
    more: int
    todo: str

    @property
    def and_more(self) -> str:
        """The further rows, in words; "" where there are none."""
        return f" (and {self.more:,} more like it)" if self.more else ""


def no_ranks(column: Column, plan: Plan, person_of: Callable[[int], str]) -> Iterator[NoRank]:
    """Yield each text of a column that is no rank of the plan, in order of code point.

    Args:
        column: Texts; those that no row has play no part.
        plan: Whose ranks are meant.
        person_of: Whose a row is, by id.
    """
    used = {column.categories[code]: code for code in np.unique(column.values).tolist() if code >= 0}
    for text in sorted(set(used) - set(plan.rank_ids)):
        rows = np.flatnonzero(column.values == used[text])
        yield NoRank(text=text, person=person_of(int(rows[0])), more=len(rows) - 1, todo=nearest(text, plan.rank_ids))
