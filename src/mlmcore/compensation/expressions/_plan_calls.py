"""Functions that a plan brings along: what may stand in their calls, and what they are asked and answer.

They take exact numbers (`Decimal`), lists of them (tuples) and whole tables (tuples of rows), and answer an exact
number of any places: the result is typed like an unrounded division. A function is asked once for each different set
of arguments, row by row in Python, so it is slow where these differ.
"""

from collections.abc import Sequence
from contextlib import suppress
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mlmcore.compensation._code import CodeError, code_of, takes
from mlmcore.compensation.expressions._problems import Named, problem
from mlmcore.compensation.expressions.syntax import FunctionCall, Identifier, Listing, Syntax
from mlmcore.compensation.expressions.tree import Node, PlanCall, Several, WholeTable
from mlmcore.compensation.expressions.types import Type, number
from mlmcore.compensation.plan import Table, ThresholdTable
from mlmcore.compensation.rounding import INT64_MAX

if TYPE_CHECKING:
    from mlmcore.compensation.expressions.check import Checker

__all__ = ["called", "check_plan_call", "rows_of"]


def check_plan_call(checker: "Checker", syntax: FunctionCall) -> Node:
    """Type a call of one of the plan's own functions; a function that cannot be found is reported elsewhere."""
    call = checker.namespace.functions[syntax.name]
    if syntax.keywords:
        raise checker.fail(f"{syntax.name}(...) takes no keywords", syntax.keywords[0][1].at, "give it by position")
    with suppress(CodeError):
        _check_count(checker, syntax, takes(code_of(call)))
    items = tuple(_argument(checker, syntax.name, argument) for argument in syntax.arguments)
    return PlanCall(name=syntax.name, call=call, items=items, type=Type(kind="number", ratio=True), at=syntax.at)


def called(node: PlanCall, arguments: Sequence[Sequence[Any]], frame: Named, size: int) -> tuple[NDArray[Any], ...]:
    """Ask a function of the plan in every row: numerators and denominators of what it answers.

    Args:
        node: The call.
        arguments: Of each argument its value in each row.
        frame: Names the rows.
        size: How many rows.

    Raises:
        InputError: It fails, or answers something else than an exact number.
    """
    function, known = code_of(node.call), {}
    answers = []
    for row, given in enumerate(zip(*arguments, strict=True) if arguments else [()] * size):
        if given not in known:
            known[given] = _answer(function, node.name, given, frame, row)
        answers.append(known[given])
    tops, bottoms = [one.numerator for one in answers], [one.denominator for one in answers]
    narrow = all(abs(one) <= INT64_MAX for one in (*tops, *bottoms))
    dtype = np.int64 if narrow else object
    return np.array(tops, dtype=dtype), np.array(bottoms, dtype=dtype)


def rows_of(table: Table) -> tuple[Any, ...]:
    """A table as a function gets it: `(threshold, value)`, or `(key, ..., value)`."""
    if isinstance(table, ThresholdTable):
        return tuple(table.rows)
    return tuple((*key, value) for key, value in table.rows.items())


def _check_count(checker: "Checker", syntax: FunctionCall, counts: tuple[int, int | None] | None) -> None:
    if counts is None:
        return
    least, most = counts
    given = len(syntax.arguments)
    if given < least or (most is not None and given > most):
        words = f"{least}" if most == least else f"{least} or more" if most is None else f"{least} to {most}"
        noun = "argument" if words == "1" else "arguments"
        raise checker.fail(f"{syntax.name}(...) takes {words} {noun}, not {given}", syntax.at)


def _argument(checker: "Checker", name: str, syntax: Syntax) -> Node:
    if isinstance(syntax, Identifier) and syntax.name in checker.namespace.tables:
        return WholeTable(table=syntax.name, type=number(), at=syntax.at)
    if isinstance(syntax, Listing):
        items = tuple(_number(checker, name, part) for part in syntax.items)
        return Several(items=items, type=number(), at=syntax.at)
    return _number(checker, name, syntax)


def _number(checker: "Checker", name: str, syntax: Syntax) -> Node:
    return checker.number(checker.check(syntax), f"an argument of {name}(...)", ratio=False)


def _answer(function: Any, name: str, given: tuple[Any, ...], frame: Named, row: int) -> Fraction:
    asked = f"{name}({', '.join(map(_shown, given))})"
    try:
        answer = function(*given)
    except Exception as error:
        raise problem(f"{asked} fails: {type(error).__name__}: {error}", frame, row) from error
    exact = isinstance(answer, int | Fraction | Decimal) and not isinstance(answer, bool)
    if not exact or (isinstance(answer, Decimal) and not answer.is_finite()):
        what = f"{asked} answers {answer!r}, which is no exact number"
        raise problem(what, frame, row, "let it answer a Decimal, an int or a Fraction; never a float")
    return Fraction(answer)


def _shown(value: Any) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(map(_shown, value))}]"
    return f"{value:f}" if isinstance(value, Decimal) else str(value)
