"""What goes wrong while an expression is evaluated, as a finding that names the row.

An expression does not know where it stands in the plan: who evaluates a whole plan adds the clause (`_clauses`).
"""

from typing import Protocol

from mlmcore.compensation.expressions.tree import Node
from mlmcore.domain.errors import Finding, InputError


class Named(Protocol):
    """Anything that can name its rows."""

    def row_name(self, row: int) -> str:
        """Say which row this is."""


class MisfitError(InputError):
    """A value that an expression needs is missing or does not fit.

    Attributes:
        node: The largest part of the expression that was being evaluated, or None.
    """

    node: Node | None = None


def problem(what: str, frame: Named, row: int, todo: str = "") -> MisfitError:
    """Return the error for one row."""
    return MisfitError([Finding(code="plan.value", what=what, todo=todo, path=frame.row_name(row))])
