"""What the period before handed on, as columns of this run: carried values, and the highest rank ever held.

Somebody new, and everybody in a plan's first period, starts with what `initial` says. A carried value that the plan
can't read any more (another kind, more decimal places, a rank that is gone) is a finding, never a guess.
"""

from collections.abc import Callable
from typing import Final

import numpy as np
from attrs import evolve
from numpy.typing import NDArray

from mlmcore.compensation._no_ranks import no_ranks
from mlmcore.compensation.arranged import Arranged
from mlmcore.compensation.columns import Column
from mlmcore.compensation.expressions.evaluate import evaluate
from mlmcore.compensation.expressions.frame import Frame
from mlmcore.compensation.expressions.types import Type
from mlmcore.compensation.plan import Carry, Plan
from mlmcore.domain.errors import Findings

__all__ = ["best_before", "fitted", "misfit", "previous_columns"]

_NO_RANK: Final = -1
_TODO: Final = "correct what was carried, or start the plan anew without it"


def previous_columns(plan: Plan, rows: Arranged, run: Frame) -> dict[str, Column]:
    """What each person carries into this period, by name as expressions call it: `previous.lifetime`.

    Args:
        plan: A checked plan.
        rows: The run's inputs.
        run: The frame of one row in which `initial` is computed.

    Raises:
        InputError: A carried column is not what the plan declares.
    """
    findings = Findings()
    columns = {}
    for name, carry in plan.carry.items():
        initial = fitted(plan, evaluate(carry.initial.node, run), carry.value.type)
        given = rows.previous.carried.get(name)
        problem = "" if given is None else misfit(plan, given, carry.value.type, rows.network.ids.label)
        if problem:
            findings.add(code="inputs.previous", what=problem, todo=_TODO, path=f"previous.{name}")
        elif given is None:
            columns[f"previous.{name}"] = initial.repeat(len(rows.network))
        else:
            columns[f"previous.{name}"] = _begun(carry, fitted(plan, given, carry.value.type), initial, rows)
    findings.raise_if_any()
    return columns


def best_before(plan: Plan, rows: Arranged) -> NDArray[np.int16]:
    """int16[n]: the highest rank that each person ever held, -1 for none.

    Raises:
        InputError: Somebody held a rank that the plan no longer has.
    """
    column = rows.previous.best_rank
    findings = Findings()
    for gone in no_ranks(column, plan, rows.network.ids.label):
        what = f"{gone.person} held the rank {gone.text!r}, which the plan does not have{gone.and_more}"
        todo = f"say in the previous state which rank it is now; {gone.todo}"
        findings.add(code="inputs.previous", what=what, todo=todo, path="previous.rank.best")
    findings.raise_if_any()
    return _positions(plan, column)


def misfit(plan: Plan, given: Column, declared: Type, person_of: Callable[[int], str]) -> str:
    """Say why a column that was handed on can't be read as what the plan declares now; "" where it can.

    Args:
        plan: The plan.
        given: What was handed on.
        declared: What the plan declares.
        person_of: Whose a row is, by id.
    """
    if declared.kind == "rank" and given.kind == "text":
        gone = [
            f"of {found.person} it is {found.text!r}, which is no rank of the plan{found.and_more}: {found.todo}"
            for found in no_ranks(given, plan, person_of)
        ]
        return "; ".join(gone)
    if given.kind != declared.kind or given.unit != declared.unit:
        return f"it is {given.unit or given.kind}, and the plan carries {declared.unit or declared.kind}"
    if given.kind == "number" and given.trimmed(declared.places).places > declared.places:
        keep = f"to keep them, write round(..., {given.places}) around its value"
        return f"it has {given.places} decimal places, and the plan carries {declared.places}: {keep}"
    return ""


def fitted(plan: Plan, column: Column, declared: Type) -> Column:
    """A column of the right kind at the declared places; ranks come back from storage as texts."""
    if declared.kind == "rank" and column.kind == "text":
        return Column.ranks(_positions(plan, column), plan.rank_ids)
    if column.kind != "number":
        return column
    return evolve(column.trimmed(declared.places).at_places(declared.places), unit=declared.unit)


def _begun(carry: Carry, given: Column, initial: Column, rows: Arranged) -> Column:
    """A carried column, with the initial value for whoever has none."""
    new = ~rows.had_before
    if given.kind == "number" and given.absent is not None and not carry.value.type.optional:
        new = new | given.absent
    if not new.any():
        return given
    both = _stacked(given, initial)
    return both.take(np.where(new, len(given), np.arange(len(given))))


def _stacked(column: Column, last: Column) -> Column:
    """A column with one more row."""
    absent = None
    if column.absent is not None or last.absent is not None:
        absent = np.concatenate([column.is_absent, last.is_absent])
    if column.kind == "text":
        categories = tuple(dict.fromkeys((*column.categories, *last.categories)))
        code = categories.index(last.categories[int(last.values[0])]) if last.values[0] >= 0 else -1
        values = np.append(column.values, np.int32(code)).astype(np.int32)
        return evolve(column, values=values, categories=categories)
    return evolve(column, values=np.concatenate([column.values, last.values]), absent=absent)


def _positions(plan: Plan, names: Column) -> NDArray[np.int16]:
    known = {rank: position for position, rank in enumerate(plan.rank_ids)}
    positions = np.array([*(known.get(name, _NO_RANK) for name in names.categories), _NO_RANK], dtype=np.int16)
    return np.asarray(positions[names.values], dtype=np.int16)
