"""Which names an expression reads, and of whom: the person itself, somebody below or above in a tree, or anybody.

Found in the text, before any type is known, since types are inferred in the order that follows from this. What a
reference closes (a cycle with a beginning, or one without) is judged in `_components`.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Final, Literal

from attrs import frozen

from mlmcore.compensation.available import AGGREGATES, SCOPES
from mlmcore.compensation.expressions.expression import Expression
from mlmcore.compensation.expressions.names import PREFIXES
from mlmcore.compensation.expressions.syntax import (
    ExpressionError,
    FunctionCall,
    Identifier,
    Syntax,
    parse,
    parts,
)

if TYPE_CHECKING:
    from mlmcore.compensation.plan import Plan

__all__ = ["ANYBODY", "SELF", "Reference", "Way", "names_read", "references_of"]


@frozen
class Way:
    """From a person whose value is computed to those who are read.

    Attributes:
        kind: `self`; `down`, `up`: strictly below, above; `group`: below, or the person too; `anybody`: none of these.
        tree: In which tree, "" for `self` and `anybody`.
    """

    kind: Literal["self", "down", "up", "group", "anybody"]
    tree: str = ""

    @property
    def strict(self) -> bool:
        """Whether it leads away from the person in one direction, so that whoever it reaches can come first."""
        return self.kind in {"down", "up"}


SELF: Final = Way("self")
ANYBODY: Final = Way("anybody")


@frozen(kw_only=True)
class Reference:
    """One name that is read.

    Attributes:
        name: As declared: `personal` for `me.personal` and `company.personal`, `u1` for `u1.paid`.
        column: What of it: `paid` for `u1.paid`, else "".
        way: Of whom.
    """

    name: str
    column: str
    way: Way


_BELOW: Final = frozenset({"downline", "front", "level", "levels"})
_UPWARD: Final = frozenset({"nearest", "sponsor"})
_OWN_ROWS: Final = frozenset({"customers", "events", "orders", "purchases"})
_BEFORE: Final = "past"

Piece = tuple[Syntax, Way, str]
"""A part of an expression, whom it means, and the scope of orders in which it stands, or ""."""


def references_of(expression: Expression, tree: str) -> Iterator[Reference]:
    """Yield what an expression reads; nothing of one that cannot be read.

    Args:
        expression: Of a person, an order, or the period.
        tree: The plan's default tree.
    """
    try:
        syntax = parse(expression.text)
    except ExpressionError:
        return
    waiting: list[Piece] = [(syntax, SELF, "")]
    while waiting:
        piece, way, rows = waiting.pop()
        if isinstance(piece, Identifier):
            yield _reference(piece.name, way, rows)
        elif isinstance(piece, FunctionCall):
            waiting.extend(_inside(piece, way, rows, tree))
        else:
            waiting.extend((part, way, rows) for part in parts(piece))


def names_read(plan: "Plan", formulas: Iterable[Expression]) -> set[str]:
    """Every name that formulas read, themselves or through the columns of orders that they read."""
    names: set[str] = set()
    waiting = [*formulas]
    while waiting:
        found = {reference.name for reference in references_of(waiting.pop(), plan.tree)} - names
        waiting.extend(plan.order_columns[name] for name in found if name in plan.order_columns)
        names |= found
    return names


def _reference(name: str, way: Way, rows: str) -> Reference:
    prefix, _, rest = name.partition(".")
    if not rest or prefix not in {*PREFIXES, "company"}:
        return Reference(name=prefix, column=rest, way=way)
    name, _, column = rest.partition(".")
    return Reference(name=name, column=column, way=_prefixed(prefix, way, rows))


def _prefixed(prefix: str, way: Way, rows: str) -> Way:
    """Whom a prefix reaches: of one's own orders the seller is oneself, and of one's purchases the buyer."""
    if prefix in {"me", "payee"}:
        return SELF
    if prefix in {"order", "this"} or (prefix, rows) in {("seller", "orders"), ("buyer", "purchases")}:
        return way
    return ANYBODY


def _inside(call: FunctionCall, way: Way, rows: str, tree: str) -> Iterator[Piece]:
    """The arguments of a call, each with whom it means."""
    keywords = dict(call.keywords)
    named = keywords.pop("tree", None)
    walked = named.name if isinstance(named, Identifier) else tree
    scope, values = _scope_of(call)
    if scope == _BEFORE:
        yield from ((part, way, "") for part in _of_now(values, keywords))
        return
    into = "downline" if scope == "group" and "leg" in keywords else scope  # in no leg stands the person
    inside, until = _into(call.name if call.name in _UPWARD else into, way, walked)
    if scope:
        rows = scope if scope in _OWN_ROWS else ""
    yield from ((value, inside, rows) for value in values)
    for key, value in keywords.items():
        yield value, {"default": way, "until": until}.get(key, inside), rows


def _of_now(values: tuple[Syntax, ...], keywords: Mapping[str, Syntax]) -> Iterator[Syntax]:
    """Yield what an aggregate over past periods reads of this one: `default=`, and what `me.` reaches."""
    if "default" in keywords:
        yield keywords["default"]
    waiting = [*values, *(value for key, value in keywords.items() if key != "default")]
    while waiting:
        piece = waiting.pop()
        if isinstance(piece, Identifier) and piece.name.startswith("me."):
            yield piece
        waiting.extend(parts(piece))


def _scope_of(call: FunctionCall) -> tuple[str, tuple[Syntax, ...]]:
    """The scope of an aggregate and what is asked in it; "" and all arguments where there is none."""
    arguments = call.arguments[1:] if call.name == "top" else call.arguments
    first = arguments[0] if arguments else None
    name = first.name.partition(".")[0] if isinstance(first, (Identifier, FunctionCall)) else ""
    known = call.name in AGGREGATES and name in SCOPES
    return (name, arguments[1:]) if known else ("", call.arguments)


def _into(scope: str, way: Way, tree: str) -> tuple[Way, Way]:
    """Who is read inside a scope, and whom `until` is asked of, which is never the person whose scope it is."""
    below = _further(way, Way("down", tree))
    if scope in _BELOW:
        return below, below
    if scope == "group":
        return _further(way, Way("group", tree)), below
    if scope in _UPWARD:
        above = _further(way, Way("up", tree))
        return above, above
    return (way, way) if scope in {"", *_OWN_ROWS} else (ANYBODY, ANYBODY)


def _further(way: Way, step: Way) -> Way:
    """One way after another: below somebody strictly below is strictly below."""
    if way == SELF:
        return step
    kinds = {way.kind, step.kind}
    if way.tree != step.tree:
        return ANYBODY
    if kinds <= {"down", "group"}:
        return Way("down" if "down" in kinds else "group", way.tree)
    return step if kinds == {"up"} else ANYBODY
