"""Which clause of a plan it was in which a value was missing or did not fit."""

from collections.abc import Iterator
from contextlib import contextmanager

from attrs import evolve

from mlmcore.compensation.expressions._problems import MisfitError
from mlmcore.compensation.expressions.expression import Expression
from mlmcore.compensation.expressions.tree import walk
from mlmcore.compensation.plan import Plan
from mlmcore.compensation.steps import expressions_of
from mlmcore.domain.errors import InputError

__all__ = ["naming_clauses"]


@contextmanager
def naming_clauses(plan: Plan) -> Iterator[None]:
    """Let what goes wrong inside name the clause of the plan, with file, line and text.

    Raises:
        InputError: As raised inside.
    """
    try:
        yield
    except MisfitError as error:
        clause = next((one for one in _clauses(plan) if _holds(one, error)), None)
        if clause is None:
            raise
        where = f" ({clause.place}, {clause.text!r})"
        raise InputError(evolve(finding, what=finding.what + where) for finding in error.findings) from error


def _clauses(plan: Plan) -> Iterator[Expression]:
    """Every expression of a plan; only asked for once something is wrong."""
    yield from plan.order_columns.values()
    yield from plan.measures.values()
    for part in (
        *plan.trees.values(),
        *plan.boards.values(),
        *plan.ranks,
        *plan.bonuses,
        *plan.caps,
        *plan.carry.values(),
    ):
        yield from expressions_of(part)


def _holds(clause: Expression, error: MisfitError) -> bool:
    return clause.checked is not None and any(part is error.node for part in walk(clause.checked))
