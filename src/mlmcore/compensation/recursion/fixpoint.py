"""Ranks that read one another through several trees: the least solution, from no rank for everybody on.

The loader has shown that more rank for anybody never means less for anybody, so each pass only raises ranks, and what
is left when nothing changes is what every order of computing would come to.
"""

import numpy as np

from mlmcore.compensation._given import laid_over
from mlmcore.compensation.columns import Column
from mlmcore.compensation.expressions.evaluate import evaluate
from mlmcore.compensation.expressions.tree import Aggregate
from mlmcore.compensation.frames import Sheet, people_frame
from mlmcore.compensation.ranking import NO_RANK, Ranking, rank_columns
from mlmcore.compensation.recursion.members import RANKS, columns_of, gathered_of, nodes_of
from mlmcore.compensation.step import Step

__all__ = ["take_fixpoint"]


def take_fixpoint(sheet: Sheet, step: Step) -> None:
    """Compute ranks, and the measures that they are made of, until nothing changes.

    Args:
        sheet: What the run knows; the columns are published in it.
        step: The members, the ranks last.

    Raises:
        InputError: Something cannot be computed.
    """
    columns = {column for member in step.members for column in columns_of(member)}
    nodes = tuple(node for member in step.members for node in nodes_of(sheet.plan, member))
    gathered = gathered_of(nodes, columns)
    ranking = Ranking(sheet)
    nothing = Column.ranks(np.full(sheet.size, NO_RANK, dtype=np.int16), sheet.plan.rank_ids)
    found = dict.fromkeys(RANKS, nothing)
    while True:
        sheet.person.update(found)
        for part in gathered:
            if isinstance(part, Aggregate):
                sheet.scopes.forget(part)
        for member in step.members[:-1]:
            computed = evaluate(sheet.plan.measures[member.name].node, people_frame(sheet))
            sheet.person[member.name] = laid_over(computed, sheet.rows.given.get(member.name))
        before, found = found, rank_columns(ranking.of(people_frame(sheet)), sheet.plan)
        if all(np.array_equal(found[name].values, before[name].values) for name in RANKS):
            return
