"""`[history]`: columns of people as they were in past periods, read by `past(n)` and `rolling(n, x)`.

Of each declared column a run is given what every person had in each of the last periods, and hands on the same with its
own period added, no further back than the plan declares. A period in which somebody did not exist has no row of theirs.
"""

from collections.abc import Iterator, Mapping
from typing import Final

import numpy as np
from attrs import evolve, frozen
from numpy.typing import NDArray

from mlmcore.compensation.arranged import Arranged
from mlmcore.compensation.columns import Column, no_values
from mlmcore.compensation.expressions.types import Type
from mlmcore.compensation.inputs import CarriedRows
from mlmcore.compensation.plan import Plan
from mlmcore.compensation.previous import fitted, misfit
from mlmcore.domain.errors import Findings
from mlmcore.domain.periods import Period

__all__ = ["HISTORY", "Past", "handed_on", "past_of"]

HISTORY: Final = "history."
"""Under what the rows of a column are handed on: `history.personal`."""
Ints = NDArray[np.int32]
Bools = NDArray[np.bool_]


@frozen(kw_only=True, eq=False)
class Past:
    """One column in past periods.

    Attributes:
        column: n x people rows: everybody in the last period, then everybody in the one before it, and so on.
        there: bool[n x people]: whether the person existed in that period.
    """

    column: Column
    there: Bools


def past_of(plan: Plan, rows: Arranged) -> dict[str, Past]:
    """The past of each column that the plan keeps, by name.

    Raises:
        InputError: What was handed on is not what the plan keeps.
    """
    findings = Findings()
    lag_of = {period.id: lag for lag, period in enumerate(_before(rows.period, max(plan.history.values(), default=0)))}
    found = {}
    for name, periods in plan.history.items():
        kept = rows.previous.rows.get(f"{HISTORY}{name}")
        declared = plan.history_types[name]
        problem = "" if kept is None else _problem(plan, rows, kept, declared)
        if problem:
            todo = "correct what was handed on, or start the plan anew without it"
            findings.add(code="inputs.previous", what=problem, todo=todo, path=f"previous.{HISTORY}{name}")
        elif kept is not None and len(kept):
            found[name] = _placed(plan, rows, kept, declared, periods, lag_of)
        else:
            found[name] = _empty(declared, periods * len(rows.network))
    findings.raise_if_any()
    return found


def handed_on(
    plan: Plan, rows: Arranged, past: Mapping[str, Past], now: Mapping[str, Column]
) -> dict[str, CarriedRows]:
    """What the next period is given: this one's columns, and those of earlier ones as far back as the plan keeps them.

    Args:
        plan: The plan.
        rows: The run's inputs.
        past: What this run was given.
        now: This period's columns of people, by name.
    """
    if not plan.history:
        return {}
    size = len(rows.network)
    labels = tuple(rows.network.ids.labels(range(size)))
    before = [rows.period, *_before(rows.period, max(plan.history.values(), default=1) - 1)]
    names = tuple(period.id for period in before)
    kept = {}
    for name, periods in plan.history.items():
        older = np.arange((periods - 1) * size)
        column = _joined(now[name], past[name].column.take(older))
        there = np.flatnonzero(np.concatenate([np.ones(size, dtype=np.bool_), past[name].there[older]]))
        kept[f"{HISTORY}{name}"] = CarriedRows(
            columns={
                "period": _texts((there // max(size, 1)).astype(np.int32), names),
                "person": _texts((there % max(size, 1)).astype(np.int32), labels),
                "value": column.take(there),
            }
        )
    return kept


def _before(period: Period, count: int) -> Iterator[Period]:
    """The periods before one, the last one first."""
    for _ in range(count):
        period = period.previous()
        yield period


def _problem(plan: Plan, rows: Arranged, kept: CarriedRows, declared: Type) -> str:
    if set(kept.columns) != {"period", "person", "value"}:
        return f"it has the columns {', '.join(sorted(kept.columns))}, not period, person and value"
    for name in ("period", "person"):
        if kept.columns[name].kind != "text" or (kept.columns[name].values < 0).any():
            return f"its {name} is not a text everywhere"
    person = kept.columns["person"]
    if wrong := misfit(plan, kept.columns["value"], declared, person.text):
        return wrong
    for text in _used(kept.columns["period"]):
        period = Period.parse(text, rows.period.timezone)
        if period.kind != rows.period.kind or period.start >= rows.period.start:
            return f"it holds {text}, which is no {rows.period.kind} before {rows.period.id}"
    pairs = kept.columns["period"].values.astype(np.int64) * (2**32) + kept.columns["person"].values
    return "it holds a person twice in one period" if len(np.unique(pairs)) != len(pairs) else ""


def _used(column: Column) -> list[str]:
    return [column.categories[code] for code in np.unique(column.values).tolist() if code >= 0]


def _placed(
    plan: Plan, rows: Arranged, kept: CarriedRows, declared: Type, periods: int, lag_of: Mapping[str, int]
) -> Past:
    """Rows by period and person; what lies further back than the plan keeps, and who is gone, is left out."""
    size = len(rows.network)
    period, person = kept.columns["period"], kept.columns["person"]
    lag = np.array([lag_of.get(text, periods) for text in period.categories], dtype=np.int64)[period.values]
    whose = rows.network.ids.find_labels(list(person.categories))[person.values]
    known = (lag < periods) & (whose >= 0)
    at = lag[known] * size + whose[known]
    there = np.zeros(periods * size, dtype=np.bool_)
    there[at] = True
    column = fitted(plan, kept.columns["value"], declared).take(known)
    return Past(column=column.spread(at, len(there)), there=there)


def _empty(declared: Type, size: int) -> Past:
    """No past at all."""
    values = no_values(declared.kind, size)
    column = Column(kind=declared.kind, values=values, unit=declared.unit, places=declared.places)
    return Past(column=column, there=np.zeros(size, dtype=np.bool_))


def _joined(now: Column, past: Column) -> Column:
    """This period's column and then the past, of one kind and number of decimal places; ranks as texts."""
    now, past = _as_texts(now), _as_texts(past)
    if now.kind == "text":
        categories = tuple(dict.fromkeys((*now.categories, *past.categories)))
        place = {text: code for code, text in enumerate(categories)}
        codes = np.array([*(place[text] for text in past.categories), -1], dtype=np.int32)
        return _texts(np.concatenate([now.values, codes[past.values]]).astype(np.int32), categories)
    if now.kind == "number":
        places = max(now.places, past.places)
        now, past = now.at_places(places), past.at_places(places)
    absent = None
    if now.absent is not None or past.absent is not None:
        absent = np.concatenate([now.is_absent, past.is_absent])
    return evolve(now, values=np.concatenate([now.values, past.values]), absent=absent)


def _as_texts(column: Column) -> Column:
    return _texts(column.values.astype(np.int32), column.categories) if column.kind == "rank" else column


def _texts(codes: Ints, categories: tuple[str, ...]) -> Column:
    return Column(kind="text", values=codes, categories=categories)
