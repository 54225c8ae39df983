"""What goes wrong while an expression is evaluated, as a finding that names the row."""

from typing import Protocol

from mlmcore.domain.errors import Finding, InputError


class Named(Protocol):
    """Anything that can name its rows."""

    def row_name(self, row: int) -> str:
        """Say which row this is."""


def problem(what: str, frame: Named, row: int, todo: str = "") -> InputError:
    """Return the error for one row; the engine adds the clause."""
    return InputError([Finding(code="plan.value", what=what, todo=todo, path=frame.row_name(row))])
