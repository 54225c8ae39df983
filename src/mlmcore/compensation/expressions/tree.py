"""The checked expression: a small immutable tree of our own, each node with its type.

`check` builds it out of what `syntax` read, `evaluate` and the engine walk over it. Names are resolved here: a
`Name` says whose column it is, a parameter or a rank is already a `Constant`. Nothing of Python's `ast` is left.
"""

from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from attrs import evolve, field, fields, frozen

from mlmcore.compensation.expressions.types import Type
from mlmcore.domain.exact import RoundingMode

Subject = Literal["self", "me", "order", "seller", "buyer", "source", "payee", "child", "run", "past", "paid"]
"""Whose column a name is.

`self` is the person being considered (in an aggregate over people the one visited, in a walk the person reached,
in an amount the person paid), `me` the person whose value is being computed, seen from inside an aggregate, `order`
the row of an aggregate over orders or the order of a walk, `seller` and `buyer` that order's people, `source` the
start of a walk, `payee` the person reached, `child` the one directly below on the path,
`past` the person being considered in an earlier period, `paid` the order or event of which `position` asks,
`run` what is the same for everybody: period, company inputs, the level about to be paid.
"""


@frozen(kw_only=True)
class Node:
    """A checked expression.

    Attributes:
        type: What it yields.
        at: Position in the expression's text, counted from 1; plays no part in equality.
    """

    type: Type
    at: int = field(default=1, eq=False)


@frozen(kw_only=True)
class Constant(Node):
    """A value known when the plan is loaded.

    Attributes:
        value: Decimal, bool, str, date, rank position (int), account person (int: -2 - k), or None for none.
        name: The parameter, rank or account it came from, or "".
    """

    value: Decimal | bool | str | date | int | None
    name: str = ""


@frozen(kw_only=True)
class Name(Node):
    """A column.

    Attributes:
        subject: Whose.
        name: As declared: `personal`, `pv`, `rank`, `rank.now`, `rank.best`, `u1.paid`, `previous.lifetime`,
            `company.profit`, `period.start`, `level`, or built in: `id`, `status`, `joined`, `date`, `seller`, ...
    """

    subject: Subject
    name: str


@frozen(kw_only=True)
class Negative(Node):
    """Minus an expression."""

    item: Node


@frozen(kw_only=True)
class Arithmetic(Node):
    """`left op right`, exact; `/` yields a ratio. With `zero`, `/` is `ratio(left, right, zero=)`."""

    operator: Literal["+", "-", "*", "/"]
    left: Node
    right: Node
    zero: Node | None = None


@frozen(kw_only=True)
class Compare(Node):
    """A comparison of two values of one kind; with none, only equality."""

    operator: Literal["==", "!=", "<", "<=", ">", ">="]
    left: Node
    right: Node


@frozen(kw_only=True)
class Logic(Node):
    """`and` / `or` over two or more conditions; a later one is only asked where the earlier leave it open."""

    operator: Literal["and", "or"]
    items: tuple[Node, ...]


@frozen(kw_only=True)
class Not(Node):
    """The opposite of a condition."""

    item: Node


@frozen(kw_only=True)
class Choose(Node):
    """`then if condition else other`; only the branch taken can fail."""

    condition: Node
    then: Node
    other: Node


@frozen(kw_only=True)
class OneOf(Node):
    """`item in [options]`, or `not in`."""

    item: Node
    options: tuple[Node, ...]
    negated: bool = False


@frozen(kw_only=True)
class Call(Node):
    """A function that looks at one row: min, max, abs, clamp, and those of dates."""

    function: Literal[
        "min",
        "max",
        "abs",
        "clamp",
        "days_between",
        "months_between",
        "full_months_between",
        "year",
        "month",
        "day",
    ]
    items: tuple[Node, ...]


@frozen(kw_only=True)
class Rounded(Node):
    """`round(item, places, mode)`, or `floor(item)`; `mode` None is the plan's."""

    item: Node
    places: int
    mode: RoundingMode | None = None


@frozen(kw_only=True)
class Lookup(Node):
    """`lookup(table, keys...)`: the table is named, its rows are the plan's."""

    table: str
    keys: tuple[Node, ...]


ScopeKind = Literal[
    "orders",
    "purchases",
    "customers",
    "front",
    "downline",
    "group",
    "level",
    "levels",
    "positions",
    "events",
    "past",
]
"""As in the language."""


@frozen(kw_only=True)
class PlanCall(Node):
    """A call of a function that the plan brings along; its result is an exact number of any places.

    Attributes:
        name: As the plan calls it.
        call: What is called: `package:function`.
        items: Numbers, several of them, or whole tables.
    """

    name: str
    call: str
    items: tuple[Node, ...]


@frozen(kw_only=True)
class Several(Node):
    """`[a, b]` in a call of a function that the plan brings along."""

    items: tuple[Node, ...]


@frozen(kw_only=True)
class WholeTable(Node):
    """A table in a call of a function that the plan brings along."""

    table: str


@frozen(kw_only=True)
class Scope:
    """Over what an aggregate runs.

    Attributes:
        kind: As in the language.
        bounds: `(k,)` of `level(k)` and `past(k)`, `(a, b)` of `levels(a, b)`, else empty.
        tree: The tree to walk; "" for scopes that walk none.
        events: The name of the events; "" for other scopes.
    """

    kind: ScopeKind
    bounds: tuple[int, ...] = ()
    tree: str = ""
    events: str = ""


@frozen(kw_only=True)
class Aggregate(Node):
    """One value per person out of the rows of a scope. `mean` is not here: it is a sum over a count.

    Attributes:
        function: sum, count, any, all, max, min or top.
        scope: Over what.
        value: What is added, compared or asked, in the visited row's frame; None for `count`.
        where: Which rows count, or None for all.
        until: Where the descent ends, or None.
        default: The value of an empty `min`, in the outer frame.
        k: Of `top`.
        refunds: Whether rows of refunds take part.
        distinct: Of `count`: count the different values of this instead of rows, or None.
        leg: Only those who stand in that leg of the person's placement count; 0 for all.
    """

    function: Literal["sum", "count", "any", "all", "max", "min", "top"]
    scope: Scope
    value: Node | None = None
    where: Node | None = None
    until: Node | None = None
    default: Node | None = None
    k: int = 0
    refunds: bool = False
    distinct: Node | None = None
    leg: int = 0


@frozen(kw_only=True)
class Upward(Node):
    """`sponsor(item, default=)` and `nearest(condition, item, default=)`: a value of somebody above.

    Attributes:
        whose: Above whom.
        tree: In which tree.
        condition: Of whom the nearest is meant, in the frame of the one asked; None for the direct upline.
        item: The value, in the frame of the one found.
        default: The value where there is nobody, in the outer frame.
    """

    whose: Subject
    tree: str
    condition: Node | None = None
    item: Node
    default: Node


@frozen(kw_only=True)
class Ordinal(Node):
    """`position(item)`: which of the person's orders or events this is, of those for which something holds.

    Attributes:
        item: Which are counted; a row's own columns are the counted one's, `paid` are those of the row asked.
    """

    item: Node


def children(node: Node) -> tuple[Node, ...]:  # noqa: PLR0911 - a return per kind
    """Return the expressions directly inside one, those inside an aggregate included."""
    match node:
        case Negative() | Not() | Rounded() | Ordinal():
            return (node.item,)
        case Arithmetic():
            return (node.left, node.right) if node.zero is None else (node.left, node.right, node.zero)
        case Compare():
            return (node.left, node.right)
        case Logic() | Call() | PlanCall() | Several():
            return node.items
        case Choose():
            return (node.condition, node.then, node.other)
        case OneOf():
            return (node.item, *node.options)
        case Lookup():
            return node.keys
        case Aggregate():
            parts = (node.value, node.where, node.until, node.default, node.distinct)
            return tuple(part for part in parts if part is not None)
        case Upward():
            return (node.item, node.default) if node.condition is None else (node.condition, node.item, node.default)
        case _:
            return ()


def asked(node: Node) -> tuple[Node, ...]:
    """Return what an expression is made of, in order, each once: columns, and what it asks of others as a whole.

    The value where nobody stands above is asked of the row at hand, not of others.
    """
    found: dict[Node, None] = {}
    waiting = [node]
    while waiting:
        part = waiting.pop()
        if isinstance(part, Name | Aggregate | Upward):
            found[part] = None
            if isinstance(part, Upward):
                waiting.append(part.default)
        else:
            waiting.extend(reversed(children(part)))
    return tuple(found)


def walk(node: Node) -> Iterator[Node]:
    """Yield the expression and all inside it, outermost first, without recursion."""
    waiting = [node]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(reversed(children(node)))


def replaced(node: Node, change: Callable[[Node], Node | None]) -> Node:
    """Return an expression with parts replaced by what `change` returns for them; None keeps a part and goes on inside.

    Types stay as they are.
    """
    new = change(node)
    if new is not None:
        return new
    parts: dict[str, Any] = {}
    for attribute in fields(type(node)):
        value = getattr(node, attribute.name)
        if isinstance(value, Node):
            parts[attribute.name] = replaced(value, change)
        elif isinstance(value, tuple) and value and isinstance(value[0], Node):
            parts[attribute.name] = tuple(replaced(part, change) for part in value)
    return evolve(node, **parts) if parts else node


def names(node: Node) -> tuple[Name, ...]:
    """Return the columns that an expression reads, in order of appearance, each once."""
    return tuple(dict.fromkeys(found for found in walk(node) if isinstance(found, Name)))
