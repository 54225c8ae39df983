"""Measures and ranks that are given instead of computed: whether they fit the plan, and laying them over a column.

For tests of plans: somebody's volume is 200, whatever it would be made of. A given value must be one that the formula
could have had, since the plan was checked for those: its kind, its unit, no more decimal places, and not negative
where the formula never is. The formula is still computed for everybody; what is given replaces it before anything
else reads it.
"""

from collections.abc import Iterator
from typing import Final

import numpy as np
from attrs import evolve
from numpy.typing import NDArray

from mlmcore.compensation._signs import columns_never_negative
from mlmcore.compensation.columns import NONE_DAY, Column
from mlmcore.compensation.inputs import Given, RunInputs
from mlmcore.compensation.nearest import nearest
from mlmcore.compensation.plan import Plan
from mlmcore.domain.errors import Findings

__all__ = ["RANK", "check_given", "laid_over", "laid_over_ranks"]

RANK: Final = "rank"
"""The name under which ranks are given."""
_NO_RANK: Final = -1


def check_given(plan: Plan, inputs: RunInputs, findings: Findings) -> None:
    """Note everything that is given and that the plan cannot take.

    Args:
        plan: A checked plan.
        inputs: What is given.
        findings: Takes what is wrong.
    """
    for name, given in inputs.given.items():
        for what, todo in _problems(plan, name, given):
            findings.add(code="inputs.given", what=what, todo=todo, path=f"given.{name}")


def laid_over(column: Column, given: Given | None) -> Column:
    """A computed measure, and in the rows of `given` what is given."""
    if given is None:
        return column
    values = given.values.at_places(column.places) if column.kind == "number" else given.values
    if column.kind == "text":
        return _texts_laid_over(column, given)
    laid = np.array(column.values)
    laid[given.rows] = values.values
    absent = None
    if column.absent is not None or values.absent is not None:
        absent = np.array(column.is_absent)
        absent[given.rows] = values.is_absent
    return evolve(column, values=laid, absent=absent)


def laid_over_ranks(positions: NDArray[np.int16], given: Given | None, ranks: tuple[str, ...]) -> NDArray[np.int16]:
    """Ranks as positions, lowest 0 and none -1, and in the rows of `given` the ranks that are given by id."""
    if given is None:
        return positions
    laid = np.array(positions)
    for row, text in zip(given.rows.tolist(), _texts(given.values), strict=True):
        laid[row] = _NO_RANK if text is None else ranks.index(text)
    return laid


def _problems(plan: Plan, name: str, given: Given) -> Iterator[tuple[str, str]]:
    if name == RANK and plan.ranks:
        if given.values.kind != "text":
            yield f"it is {given.values.kind}", "give ranks as texts, by id"
        elif gone := sorted({text for text in _texts(given.values) if text is not None} - set(plan.rank_ids)):
            yield f"{', '.join(map(repr, gone))} is no rank of the plan", nearest(gone[0], plan.rank_ids)
    elif name not in plan.measures:
        known = [*plan.measures, *([RANK] if plan.ranks else [])]
        yield f"{name!r} is no measure", nearest(name, known)
    elif plan.measures[name].type.kind in {"person", "rank"}:
        yield f"the measure is a {plan.measures[name].type.kind}, which cannot be given", "give what it is made of"
    else:
        yield from _misfits(plan, name, given.values)


def _misfits(plan: Plan, name: str, values: Column) -> Iterator[tuple[str, str]]:
    declared = plan.measures[name].type
    if (values.kind, values.unit) != (declared.kind, declared.unit):
        yield f"it is {values.unit or values.kind}, and the measure is {declared.unit or declared.kind}", "give those"
        return
    if values.places > declared.places:
        yield f"it has {values.places} decimal places, and the measure has {declared.places}", "round it"
    if not declared.optional and _any_none(values):
        yield "it is none, and the measure never is", "give a value"
    if values.kind == "number" and (values.values < 0).any() and name in columns_never_negative(plan):
        yield "it is negative, and the formula never is", "give what the formula could come to"


def _any_none(values: Column) -> bool:
    match values.kind:
        case "number":
            return bool(values.is_absent.any())
        case "text":
            return bool((values.values < 0).any())
        case "date":
            return bool((values.values == NONE_DAY).any())
        case _:
            return False


def _texts(column: Column) -> list[str | None]:
    return [column.categories[code] if code >= 0 else None for code in column.values.tolist()]


def _texts_laid_over(column: Column, given: Given) -> Column:
    texts = _texts(column)
    for row, text in zip(given.rows.tolist(), _texts(given.values), strict=True):
        texts[row] = text
    return Column.texts(texts)
