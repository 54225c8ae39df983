"""From a period's rows to its cycles: boards go on where the period before left them, and cycles become events."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from attrs import evolve

from mlmcore.compensation._row_names import BOARD, CYCLES
from mlmcore.compensation.arranged import first_day_kept
from mlmcore.compensation.boards._carried import (
    NamedCycle,
    named,
    read_boards,
    read_cycles,
    rows_of_boards,
    rows_of_cycles,
)
from mlmcore.compensation.boards._entries import entries_of
from mlmcore.compensation.boards._filling import Cycle, Filling, enter
from mlmcore.compensation.boards._ids import cycle_id
from mlmcore.compensation.columns import Column
from mlmcore.compensation.frames import Sheet
from mlmcore.compensation.inputs import CarriedRows, Events, RunInputs
from mlmcore.compensation.plan import Board, Plan
from mlmcore.domain.errors import Findings
from mlmcore.genealogy import IdIndex

__all__ = ["with_boards"]


def with_boards(plan: Plan, inputs: RunInputs, sheet: Sheet) -> tuple[RunInputs, dict[str, CarriedRows]]:
    """Return the inputs with the cycles of every board as events, and what is handed on.

    Args:
        plan: A checked plan.
        inputs: What the run is given.
        sheet: What is known before the run.

    Raises:
        InputError: What was handed on fits no such boards; somebody has a position and is gone; cycles are given; or a
            row brings a number of positions that is none.
    """
    findings = Findings()
    _find_given(plan, inputs, findings)
    fillings = {name: _before(board, sheet, findings) for name, board in plan.boards.items()}
    earlier = {name: _cycles_before(name, sheet, findings) for name in plan.boards}
    findings.raise_if_any()
    now = _filled(plan, sheet, fillings)
    cycles = {name: [*earlier[name], *named(now[name], sheet.rows.network.ids)] for name in plan.boards}
    events = {name: _events(name, found, inputs.people.ids) for name, found in cycles.items()}
    carried = {
        f"{BOARD}{name}": rows_of_boards(one.open_boards(), one.shape.width, sheet.rows.network.ids)
        for name, one in fillings.items()
    }
    return evolve(inputs, events={**inputs.events, **events}), {**carried, **_kept(plan, inputs, cycles)}


def _find_given(plan: Plan, inputs: RunInputs, findings: Findings) -> None:
    for name in plan.boards:
        if name in inputs.events:
            what, todo = f"events {name!r} are given, and the plan makes them itself", "leave them out"
            findings.add(code="inputs.board", what=what, todo=todo, path=f"events {name}")


def _filled(plan: Plan, sheet: Sheet, fillings: Mapping[str, Filling]) -> dict[str, list[Cycle]]:
    """Let everybody enter, one position after the other; the cycles of each board, in their order."""
    cycles: dict[str, list[Cycle]] = {name: [] for name in plan.boards}
    for entry in entries_of(plan, sheet):
        for _ in range(entry.count):
            for name, cycle in enter(fillings, entry.board, entry.person, entry.day):
                cycles[name].append(cycle)
    return cycles


def _kept(plan: Plan, inputs: RunInputs, cycles: Mapping[str, Iterable[NamedCycle]]) -> dict[str, CarriedRows]:
    """The cycles that a later period may count; nothing of boards that have none."""
    first = first_day_kept(plan, inputs.period)
    kept = {name: [cycle for cycle in found if cycle.day >= first] for name, found in cycles.items()}
    return {f"{CYCLES}{name}": rows_of_cycles(found) for name, found in kept.items() if found}


def _before(board: Board, sheet: Sheet, findings: Findings) -> Filling:
    """The boards as the period before left them."""
    upline = sheet.uplines(board.tree or sheet.plan.tree).tolist() if board.under == "nearest" else []
    filling = Filling(board, upline)
    path = f"{BOARD}{board.name}"
    rows = sheet.rows.previous.rows.get(path)
    filling.restore(read_boards(path, board, rows, sheet.rows.network.ids, findings))
    return filling


def _cycles_before(name: str, sheet: Sheet, findings: Findings) -> list[NamedCycle]:
    path = f"{CYCLES}{name}"
    return read_cycles(path, sheet.rows.previous.rows.get(path), findings)


def _events(name: str, cycles: Iterable[NamedCycle], people: IdIndex) -> Events:
    """Cycles as events: the board's number makes an id that is unique for ever."""
    found = list(cycles)
    return Events(
        ids=IdIndex.from_labels([cycle_id(name, cycle.board) for cycle in found]),
        date=_days(cycle.day for cycle in found),
        person=people.find_labels([cycle.person for cycle in found]),
        columns={
            "entered": Column.days(_days(cycle.entered for cycle in found)),
            "filled_by": Column.texts(cycle.filled_by for cycle in found),
        },
    )


def _days(values: Iterable[int]) -> Any:
    return np.fromiter(values, dtype=np.int32)
