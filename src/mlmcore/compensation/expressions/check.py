"""Check an expression against names and kinds, and type it: from `Syntax` to `Node`.

The rules about units stand in `_units`, those of calls and aggregates in `_calls`. All findings in one expression
are reported, not only the first: a part that is wrong silences only the parts around it.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, Final, cast

from attrs import evolve

from mlmcore.compensation.columns import PLACES_LIMIT
from mlmcore.compensation.expressions import tree
from mlmcore.compensation.expressions._calls import check_call
from mlmcore.compensation.expressions._units import added, combined, divided, multiplied, shown_nonzero
from mlmcore.compensation.expressions.names import Context, Namespace
from mlmcore.compensation.expressions.syntax import (
    Comparison,
    Conditional,
    ExpressionError,
    FunctionCall,
    Identifier,
    Junction,
    Listing,
    Literal_,
    Membership,
    Minus,
    Negation,
    Operation,
    Syntax,
    parse,
)
from mlmcore.compensation.expressions.tree import Constant, Node
from mlmcore.compensation.expressions.types import BOOLEAN, DATE, TEXT, Type, number
from mlmcore.domain.decimals import places_of

ORDERED: Final = ("number", "date", "rank")
"""Kinds that `<` and `>` know."""
TOO_FINE: Final = "decimal places, more than"
"""How the finding begins that a result has too many decimal places."""


def check(text: str, namespace: Namespace, context: Context) -> tuple[Node | None, list[ExpressionError]]:
    """Read and type an expression.

    Args:
        text: As written.
        namespace: What the plan declares.
        context: What names mean in this clause.

    Returns:
        The typed tree and no errors, or None and everything wrong with it. None without errors means that it uses
        something that is wrong itself and has been reported there.
    """
    try:
        syntax = parse(text)
    except ExpressionError as error:
        return None, [error]
    checker = Checker(namespace, context, [])
    try:
        node = checker.check(syntax)
    except Wrong:
        return None, checker.errors
    return (None if checker.errors else node), checker.errors


class Wrong(Exception):  # noqa: N818 - it stops one part, and is never seen outside
    """A part is wrong and has been reported: what stands around it can't be typed."""


class Checker:
    """Types one expression; `errors` collects what is wrong."""

    def __init__(self, namespace: Namespace, context: Context, errors: list[ExpressionError]) -> None:
        self.namespace = namespace
        self.context = context
        self.errors = errors

    def within(self, context: Context) -> "Checker":
        """Return a checker of the same expression in another context."""
        return Checker(self.namespace, context, self.errors)

    def fail(self, what: str, at: int, todo: str = "") -> Wrong:
        """Report something; the caller raises what this returns."""
        self.report(ExpressionError(what, todo, at))
        return Wrong()

    def report(self, error: ExpressionError) -> None:
        """Note an error, once: a chain of comparisons types its middle twice."""
        if all((error.what, error.at) != (other.what, other.at) for other in self.errors):
            self.errors.append(error)

    def check(self, syntax: Syntax) -> Node:
        """Type one part.

        Raises:
            Wrong: It is wrong, and has been reported.
        """
        check = _CHECKS[type(syntax)]
        try:
            node = check(self, syntax)
        except ExpressionError as error:
            if error.what:
                self.report(error)
            raise Wrong from None
        if node.type.kind == "number" and not node.type.ratio and node.type.places > PLACES_LIMIT:
            raise self.fail(
                f"the result has {node.type.places} {TOO_FINE} {PLACES_LIMIT}",
                syntax.at,
                "put a round(..., places) around a part of it",
            )
        return node

    def check_all(self, parts: Sequence[Syntax]) -> list[Node]:
        """Type several parts, reporting what is wrong in each of them."""
        nodes = []
        for part in parts:
            try:
                nodes.append(self.check(part))
            except Wrong:
                continue
        if len(nodes) < len(parts):
            raise Wrong
        return nodes

    def alike(self, syntax: Syntax, node: Node) -> Node:
        """Type a part that stands beside a typed one; `none` takes its kind."""
        return _none_like(node, syntax.at) if _is_none(syntax) else self.check(syntax)

    def boolean(self, node: Node, words: str) -> Node:
        """Require a condition."""
        if node.type.kind != "boolean":
            raise self.fail(f"{words} must be a condition, not {node.type}", node.at)
        return node

    def number(self, node: Node, words: str, *, ratio: bool = True) -> Node:
        """Require a number, and unless `ratio` one that a column can hold."""
        if node.type.kind != "number":
            raise self.fail(f"{words} must be a number, not {node.type}", node.at)
        if node.type.ratio and not ratio:
            raise self.fail(
                f"{words} is an unrounded division", node.at, "put it inside round(..., places) or floor(...)"
            )
        return node


def _literal(checker: Checker, syntax: Literal_) -> Node:
    value = syntax.value
    match value:
        case bool():
            return Constant(type=BOOLEAN, value=value, at=syntax.at)
        case Decimal():
            return Constant(type=number(places=places_of(value)), value=value, at=syntax.at)
        case str():
            return Constant(type=TEXT, value=value, at=syntax.at)
        case None:
            raise checker.fail("`none` means nothing here", syntax.at, "compare with it: x == none")
        case _:
            return Constant(type=DATE, value=value, at=syntax.at)


def _identifier(checker: Checker, syntax: Identifier) -> Node:
    return checker.namespace.resolve(syntax, checker.context)


def _minus(checker: Checker, syntax: Minus) -> Node:
    item = checker.number(checker.check(syntax.item), "what `-` negates")
    if isinstance(item, Constant) and isinstance(item.value, Decimal):
        return Constant(type=item.type, value=item.value.copy_negate(), at=syntax.at)
    return tree.Negative(item=item, type=evolve(item.type, optional=False), at=syntax.at)


def _operation(checker: Checker, syntax: Operation) -> Node:
    left, right = checker.check_all((syntax.left, syntax.right))
    for node in (left, right):
        checker.number(node, f"what `{syntax.operator}` takes")
    combine = {"+": added, "-": added, "*": multiplied, "/": divided}[syntax.operator]
    found = combine(left.type, right.type, syntax.operator)
    if isinstance(found, str):
        raise checker.fail(found, syntax.at)
    if syntax.operator == "/" and not shown_nonzero(right):
        raise checker.fail(
            "the divisor may be zero", right.at, "write ratio(a, b, zero=VALUE), which says what it is then"
        )
    return tree.Arithmetic(operator=syntax.operator, left=left, right=right, type=found, at=syntax.at)


def _comparison(checker: Checker, syntax: Comparison) -> Node:
    left, right = _comparable(checker, syntax.left, syntax.right)
    if syntax.operator not in {"==", "!="} and left.type.kind not in ORDERED:
        raise checker.fail(f"{left.type} has no order", syntax.at, "compare with == or !=")
    return tree.Compare(operator=syntax.operator, left=left, right=right, type=BOOLEAN, at=syntax.at)


def _comparable(checker: Checker, left: Syntax, right: Syntax) -> tuple[Node, Node]:
    """Type two parts that are compared; `none` takes the kind of the other."""
    if _is_none(left) and _is_none(right):
        raise checker.fail("`none` is compared with itself", left.at)
    if _is_none(right):
        node = checker.check(left)
        return node, _none_like(node, right.at)
    if _is_none(left):
        node = checker.check(right)
        return _none_like(node, left.at), node
    first, second = checker.check_all((left, right))
    if isinstance(problem := combined(first.type, second.type), str):
        raise checker.fail(problem, second.at)
    return first, second


def _is_none(syntax: Syntax) -> bool:
    return isinstance(syntax, Literal_) and syntax.value is None


def _none_like(node: Node, at: int) -> Constant:
    return Constant(type=evolve(node.type, ratio=False).as_optional(), value=None, at=at)


def _junction(checker: Checker, syntax: Junction) -> Node:
    words = f"what `{syntax.operator}` joins"
    items = tuple(checker.boolean(node, words) for node in checker.check_all(syntax.items))
    return tree.Logic(operator=syntax.operator, items=items, type=BOOLEAN, at=syntax.at)


def _negation(checker: Checker, syntax: Negation) -> Node:
    item = checker.boolean(checker.check(syntax.item), "what `not` turns around")
    return tree.Not(item=item, type=BOOLEAN, at=syntax.at)


def _conditional(checker: Checker, syntax: Conditional) -> Node:
    condition = checker.boolean(checker.check(syntax.condition), "what stands after `if`")
    then, other = _comparable(checker, syntax.then, syntax.other)
    then_type = _there(checker, then.type, syntax.then, _not_none(syntax.condition, holds=True))
    other_type = _there(checker, other.type, syntax.other, _not_none(syntax.condition, holds=False))
    found = cast("Type", combined(then_type, other_type))  # two that are compared may be combined
    return tree.Choose(condition=condition, then=then, other=other, type=found, at=syntax.at)


def _there(checker: Checker, found: Type, syntax: Syntax, known: frozenset[str]) -> Type:
    """A branch that is a name which the condition has shown to have a value: `x if x != none else 0` is never none.

    The branch itself stays optional, since it may be asked only in the rows in which the condition holds.
    """
    if isinstance(syntax, Identifier) and (syntax.name in known or _is_of_somebody(checker, syntax.name, known)):
        return evolve(found, optional=False)
    return found


def _is_of_somebody(checker: Checker, name: str, known: frozenset[str]) -> bool:
    """Whether it is what everybody has, of somebody who is known to be there: `buyer.x if buyer != none else 0`."""
    prefix, _, column = name.partition(".")
    asked = checker.namespace.person.get(column)
    somebody = prefix in _PERHAPS_NOBODY and not known.isdisjoint({prefix, f"{prefix}.id"})
    return somebody and asked is not None and not asked.optional


def _not_none(condition: Syntax, *, holds: bool) -> frozenset[str]:
    """The names that are not none where a condition holds, or where it does not."""
    match condition:
        case Negation():
            return _not_none(condition.item, holds=not holds)
        case Junction() if (condition.operator == "and") == holds:
            return frozenset().union(*(_not_none(item, holds=holds) for item in condition.items))
        case Comparison() if condition.operator == ("!=" if holds else "=="):
            sides = (condition.left, condition.right)
            named = [side.name for side in sides if isinstance(side, Identifier)]
            return frozenset(named) if any(map(_is_none, sides)) else frozenset()
        case _:
            return frozenset()


def _membership(checker: Checker, syntax: Membership) -> Node:
    item = checker.check(syntax.item)
    if not syntax.options:
        raise checker.fail("`in` has an empty list", syntax.at)
    options = [checker.alike(part, item) for part in syntax.options]
    for option in options:
        if isinstance(problem := combined(item.type, option.type), str):
            raise checker.fail(problem, option.at)
    return tree.OneOf(item=item, options=tuple(options), negated=syntax.negated, type=BOOLEAN, at=syntax.at)


def _listing(checker: Checker, syntax: Listing) -> Node:
    raise checker.fail("a list outside `in` is not part of the plan language", syntax.at)


def _call(checker: Checker, syntax: FunctionCall) -> Node:
    return check_call(checker, syntax)


# Each function takes the shape that it is listed under.
_PERHAPS_NOBODY: Final = ("buyer", "child", "payee")
"""Prefixes of who may be nobody, or an account."""
_CHECKS: Final[dict[type[Syntax], Callable[[Checker, Any], Node]]] = {
    Literal_: _literal,
    Identifier: _identifier,
    Minus: _minus,
    Operation: _operation,
    Comparison: _comparison,
    Junction: _junction,
    Negation: _negation,
    Conditional: _conditional,
    Listing: _listing,
    Membership: _membership,
    FunctionCall: _call,
}
