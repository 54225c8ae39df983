"""With which types the columns of a recursion are first tried.

What reads itself has no type until it has been read. So its kind is told from the shape of its text, and it is typed
again and again, each time from the types before, beginning with the least there is: a plain number without decimal
places. Units and decimal places only ever grow, and settle; where they don't, each level of the tree would add some.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Final

from mlmcore.compensation.available import AGGREGATES
from mlmcore.compensation.expressions.names import Namespace
from mlmcore.compensation.expressions.syntax import (
    Comparison,
    Conditional,
    ExpressionError,
    FunctionCall,
    Identifier,
    Junction,
    Literal_,
    Membership,
    Negation,
    Syntax,
    parse,
)
from mlmcore.compensation.expressions.types import BOOLEAN, DATE, PERSON, RANK, TEXT, Type, number
from mlmcore.compensation.plan import Plan
from mlmcore.compensation.step import Step

__all__ = ["first_types"]

_LEAST: Final[Mapping[str, Type]] = {
    "boolean": BOOLEAN,
    "date": DATE,
    "number": number(),
    "person": PERSON,
    "rank": RANK,
    "text": TEXT,
}


def first_types(plan: Plan, step: Step, namespace: Namespace) -> dict[str, Type]:
    """Return the least type of each column that a recursion computes, ranks apart, which are always ranks."""
    found: dict[str, Type] = {}
    for member in step.members:
        if member.kind == "measure":
            found[member.name] = _LEAST[_Kinds(plan, namespace).of_measure(member.name) or "number"]
        elif member.kind == "bonus":
            found[f"{member.name}.earned"] = number("money")
            found[f"{member.name}.paid"] = number("money", plan.rounding.places)
    return found


class _Kinds:
    """Tells what kind of value a text yields, from its shape."""

    def __init__(self, plan: Plan, namespace: Namespace) -> None:
        self._plan = plan
        self._namespace = namespace
        self._asked: set[str] = set()

    def of_measure(self, name: str) -> str | None:
        """The kind of a measure, None where only itself could say."""
        if name in self._asked:
            return None
        self._asked.add(name)
        try:
            return self._of(parse(self._plan.measures[name].text))
        except ExpressionError:
            return None

    def _of(self, syntax: Syntax) -> str | None:  # noqa: PLR0911 - a return per shape
        match syntax:
            case Literal_():
                return _of_literal(syntax.value)
            case Comparison() | Junction() | Negation() | Membership():
                return "boolean"
            case Conditional():
                return self._of(syntax.then) or self._of(syntax.other)
            case Identifier():
                return self._of_name(syntax.name.removeprefix("me."))
            case FunctionCall(name="nearest") if len(syntax.arguments) > 1:
                return self._of(syntax.arguments[1])
            case FunctionCall(name="sponsor") if syntax.arguments:
                return self._of(syntax.arguments[0])
            case FunctionCall() if syntax.name in AGGREGATES:
                return "boolean" if syntax.name in {"any", "all"} else "number"
            case _:
                return "number"

    def _of_name(self, name: str) -> str | None:
        if name in self._namespace.constants:
            return self._namespace.constants[name].type.kind
        declared = self._namespace.person.get(name)
        if declared is not None:
            return declared.kind
        return self.of_measure(name) if name in self._plan.measures else None


def _of_literal(value: Decimal | str | bool | date | None) -> str | None:
    kinds = {bool: "boolean", Decimal: "number", str: "text", date: "date"}
    return kinds.get(type(value))
