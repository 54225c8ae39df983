"""What a run finds wrong with its inputs, with the file and the line from which they came.

A run sees columns and knows no files. Only where it has found something is it worth reading the files once more.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from attrs import evolve

from mlmcore.compensation.plan import Plan
from mlmcore.domain.errors import Finding, Findings, InputError
from mlmcore.files._table import read_table
from mlmcore.files.events import event_columns
from mlmcore.files.moves import move_lines, moves_table
from mlmcore.files.orders import order_columns
from mlmcore.files.people import people_columns

__all__ = ["placed"]

_ORDER: Final = "order "
_PERSON: Final = "person "
_MOVE: Final = "inputs.move"


def placed(
    error: InputError,
    plan: Plan,
    *,
    people: Path,
    orders: Path,
    events: Mapping[str, Path] | None = None,
    moves: Path | None = None,
    beside: Plan | None = None,
) -> InputError:
    """The same error; findings about an order or a person name the line of the file.

    Args:
        error: What `calculate` raised.
        plan: The run's plan.
        people: The people file that was read for the run.
        orders: The orders file that was read for the run.
        events: The files of events that were read for the run, by name.
        moves: The moves file that was read for the run, if there was one.
        beside: The other plan that the files serve, if there is one.
    """
    lines = {
        _PERSON: _lines(people, people_columns(plan, beside)),
        _ORDER: _lines(orders, order_columns(plan, beside)),
    }
    files = {_PERSON: str(people), _ORDER: str(orders)}
    for name, path in (events or {}).items():
        word = f"event {name} "
        files[word] = str(path)
        lines[word] = _lines(path, event_columns(plan, name, beside))
    moved = {} if moves is None else move_lines(moves_table(moves, plan, Findings()))
    return InputError(
        [
            evolve(finding, file=str(moves), line=moved[finding.path])
            if finding.code == _MOVE and finding.path in moved
            else _placed(finding, lines, files)
            for finding in error.findings
        ]
    )


def _placed(finding: Finding, lines: dict[str, dict[str, int]], files: dict[str, str]) -> Finding:
    for word, line_of in lines.items():
        before, found, label = finding.path.partition(word)
        if found and not finding.file and label in line_of and (not before or before.endswith(": ")):
            return evolve(finding, file=files[word], line=line_of[label])
    return finding


def _lines(path: Path, known: Sequence[str]) -> dict[str, int]:
    table = read_table(path, required=["id"], known=known, findings=Findings())
    return {} if table is None else dict(zip(table.column("id"), table.lines, strict=True))
