"""Type the expressions of one plan against its namespace, and turn what is wrong into findings with places."""

from attrs import evolve

from mlmcore.compensation.expressions.check import check
from mlmcore.compensation.expressions.expression import Expression, Place
from mlmcore.compensation.expressions.names import Context, Namespace
from mlmcore.compensation.plan import Plan
from mlmcore.domain.errors import Findings


class Sheet:
    """A plan's expressions, being typed.

    Attributes:
        namespace: What they may name.
        findings: Where what is wrong goes.
    """

    def __init__(self, plan: Plan, namespace: Namespace, findings: Findings) -> None:
        self._plan = plan
        self.namespace = namespace
        self.findings = findings

    def expression(self, expression: Expression, context: Context) -> Expression:
        """Type an expression; it stays untyped where it is wrong."""
        node, errors = check(expression.text, self.namespace, context)
        for error in errors:
            where = f" (character {error.at} of {expression.text!r})" if len(expression.text) > 1 else ""
            self.wrong(expression.place, f"{error.what}{where}", error.todo, code="plan.expression")
        return evolve(expression, checked=node)

    def column(self, expression: Expression, context: Context) -> Expression:
        """Type an expression whose values are kept, which an unrounded division can't be."""
        checked = self.expression(expression, context)
        if checked.checked is not None and checked.type.ratio:
            what = f"{expression.text!r} is an unrounded division"
            self.wrong(expression.place, what, "put it inside round(..., places) or floor(...)")
            return evolve(checked, checked=None)
        return checked

    def condition(self, expression: Expression, context: Context) -> Expression:
        """Type a condition."""
        return self._of_kind(expression, context, "boolean", "a condition")

    def number(self, expression: Expression, context: Context) -> Expression:
        """Type a number."""
        return self._of_kind(expression, context, "number", "a number")

    def _of_kind(self, expression: Expression, context: Context, kind: str, words: str) -> Expression:
        checked = self.column(expression, context)
        if checked.checked is not None and checked.type.kind != kind:
            self.wrong(expression.place, f"{expression.text!r} is {checked.type}, not {words}")
            return evolve(checked, checked=None)
        return checked

    def wrong(self, place: Place, what: str, todo: str = "", key: str = "", code: str = "plan.value") -> None:
        """Note what is wrong at a place, or at a key below it."""
        path = f"{place.path}.{key}".strip(".") if key else place.path
        line = place.line
        if key and path in self._plan.places:
            line = self._plan.places[path].line
        self.findings.add(code=code, what=what, todo=todo, file=place.file or self._plan.file, line=line, path=path)
