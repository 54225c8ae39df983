"""From text to an untyped tree: the expression as it was written, and nothing of Python but its grammar.

The standard parser reads the text; what it yields is turned into the few shapes below, and everything else that
Python could say is refused by name. Decimals are read from their text and never pass through a float. Whether names
exist and kinds agree is not asked here but in `check`.
"""

import ast
import io
import re
import tokenize
import warnings
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from typing import Final, Literal, cast

from attrs import field, frozen

LENGTH_LIMIT: Final = 4000
"""Most characters of an expression."""
NESTING_LIMIT: Final = 60
"""Most expressions inside one another."""
DIGITS_LIMIT: Final = 18
"""Most digits of a number: what fits into int64."""


class ExpressionError(Exception):
    """One thing wrong with an expression; the loader turns it into a finding with file and line.

    Attributes:
        what: What is wrong.
        todo: What to do about it, or "".
        at: Position in the text, counted from 1.
    """

    def __init__(self, what: str, todo: str = "", at: int = 1) -> None:
        super().__init__(what)
        self.what = what
        self.todo = todo
        self.at = at


@frozen(kw_only=True)
class Syntax:
    """A piece of an expression as written; `at` is its position, counted from 1."""

    at: int = field(default=1, eq=False)


@frozen(kw_only=True)
class Literal_(Syntax):  # noqa: N801 - `Literal` is typing's
    """A number, text, boolean, date, or none."""

    value: Decimal | str | bool | date | None


@frozen(kw_only=True)
class Identifier(Syntax):
    """A name, dotted where it has a prefix: `personal`, `me.personal`, `u1.paid`."""

    name: str


@frozen(kw_only=True)
class Minus(Syntax):
    """Minus an expression."""

    item: Syntax


@frozen(kw_only=True)
class Operation(Syntax):
    """`left + right` and the like."""

    operator: Literal["+", "-", "*", "/"]
    left: Syntax
    right: Syntax


@frozen(kw_only=True)
class Comparison(Syntax):
    """`left < right` and the like."""

    operator: Literal["==", "!=", "<", "<=", ">", ">="]
    left: Syntax
    right: Syntax


@frozen(kw_only=True)
class Junction(Syntax):
    """`a and b and c`, `a or b`."""

    operator: Literal["and", "or"]
    items: tuple[Syntax, ...]


@frozen(kw_only=True)
class Negation(Syntax):
    """`not a`."""

    item: Syntax


@frozen(kw_only=True)
class Conditional(Syntax):
    """`then if condition else other`."""

    condition: Syntax
    then: Syntax
    other: Syntax


@frozen(kw_only=True)
class Membership(Syntax):
    """`item in [a, b]`."""

    item: Syntax
    options: tuple[Syntax, ...]
    negated: bool


@frozen(kw_only=True)
class Listing(Syntax):
    """`[a, b]` as an argument of a function that the plan brings along."""

    items: tuple[Syntax, ...]


@frozen(kw_only=True)
class FunctionCall(Syntax):
    """`name(arguments, keyword=value)`."""

    name: str
    arguments: tuple[Syntax, ...]
    keywords: tuple[tuple[str, Syntax], ...] = ()


def parse(text: str) -> Syntax:
    """Read an expression.

    Args:
        text: The expression; line breaks count as spaces.

    Returns:
        The untyped tree.

    Raises:
        ExpressionError: The text is no expression, or uses something that plans don't have.
    """
    flat = _flatten(text)
    return _Reader(flat).read(_python_tree(flat).body)


def identifiers(syntax: Syntax) -> Iterator[Identifier]:
    """Yield every name in an expression, in order of appearance."""
    waiting = [syntax]
    while waiting:
        found = waiting.pop()
        if isinstance(found, Identifier):
            yield found
        waiting.extend(reversed(parts(found)))


def parts(syntax: Syntax) -> tuple[Syntax, ...]:  # noqa: PLR0911 - a return per kind
    """Return the pieces directly inside one."""
    match syntax:
        case Minus() | Negation():
            return (syntax.item,)
        case Operation() | Comparison():
            return (syntax.left, syntax.right)
        case Junction() | Listing():
            return syntax.items
        case Conditional():
            return (syntax.then, syntax.condition, syntax.other)
        case Membership():
            return (syntax.item, *syntax.options)
        case FunctionCall():
            return (*syntax.arguments, *(value for _, value in syntax.keywords))
        case _:
            return ()


def call_at(text: str, at: int) -> str:
    """Return the call that begins at a position of an expression, as written; "" where none does.

    >>> call_at("count(front, active) >= 2", 1)
    'count(front, active)'
    """
    depth = 0
    for piece in re.finditer(r"\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'|[()]", text[at - 1 :]):
        depth += {"(": 1, ")": -1}.get(piece[0], 0)
        if not depth:
            return text[at - 1 : at - 1 + piece.end()] if piece[0] == ")" else ""
    return ""


_DATE: Final = re.compile(r"(?<![\w.\"'-])(\d{4})-(\d{2})-(\d{2})(?![\w.-])")
_TEXT: Final = r"\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'"
_DATE_NAME: Final = re.compile(r"_d(\d{4})(\d{2})(\d{2})")
_DECIMAL: Final = re.compile(r"[0-9]+(\.[0-9]+)?")
_PER_CENT: Final = re.compile(r"(?<![\w.])(?P<number>[0-9]+(?:\.[0-9]+)?) *%(?! *[\w(.])")
"""A number with the sign after it, and nothing that a remainder could be taken of."""
_LEADING_ZEROS: Final = re.compile(r"(?<![\w.])0+(?P<number>\d[\d_]*)(?![\w.])")
_FOREIGN: Final[dict[str, str]] = {
    "&&": "write `and`",
    "||": "write `or`",
    "=>": "write `>=`",
    "=<": "write `<=`",
    "<>": "write `!=`",
    "!": "write `not`",
}
"""Operators of other languages, and what they are here."""
_FOREIGN_SIGN: Final = re.compile(r"&&|\|\||=>|=<|<>|!(?!=)")
_OPERATORS: Final[dict[type[ast.AST], str]] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
_COMPARISONS: Final[dict[type[ast.AST], str]] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
}
_WORDS: Final[dict[type[ast.AST], str]] = {
    ast.FloorDiv: "`//`",
    ast.Mod: "`%`",
    ast.Pow: "`**`",
    ast.MatMult: "`@`",
    ast.BitAnd: "`&`",
    ast.BitOr: "`|`",
    ast.BitXor: "`^`",
    ast.LShift: "`<<`",
    ast.RShift: "`>>`",
    ast.Invert: "`~`",
    ast.UAdd: "a leading `+`",
    ast.Is: "`is`",
    ast.IsNot: "`is not`",
    ast.Lambda: "`lambda`",
    ast.NamedExpr: "`:=`",
    ast.Await: "`await`",
    ast.Yield: "`yield`",
    ast.YieldFrom: "`yield from`",
    ast.Subscript: "`[...]` after a value",
    ast.Slice: "a slice",
    ast.Starred: "`*` before a value",
    ast.JoinedStr: "an f-string",
    ast.Dict: "a dictionary",
    ast.Set: "a set",
    ast.Tuple: "a tuple",
    ast.List: "a list outside `in`",
    ast.ListComp: "a comprehension",
    ast.SetComp: "a comprehension",
    ast.DictComp: "a comprehension",
    ast.GeneratorExp: "a comprehension",
    ast.Attribute: "`.` after a value",
    ast.Call: "a call of a value",
}
_INSTEAD: Final[dict[type[ast.AST], str]] = {
    ast.FloorDiv: "write floor(a / b)",
    ast.Pow: "write the product out",
    ast.BitAnd: "write `and`",
    ast.BitOr: "write `or`",
    ast.Invert: "write `not`",
    ast.Is: "write `==`",
    ast.IsNot: "write `!=`",
    ast.UAdd: "leave it out",
    ast.Subscript: "a table is read by lookup(TABLE, key)",
}


def _flatten(text: str) -> str:
    """Return the text on one line, dates as names of the same length, so that positions stay."""
    if not text.strip():
        raise ExpressionError("the expression is empty", "write a formula")
    if len(text) > LENGTH_LIMIT:
        raise ExpressionError(f"the expression has {len(text)} characters, more than {LENGTH_LIMIT}", "split it")
    flat = re.sub(r"[\r\n\t\f]", " ", text)
    if "_d" in flat and (clash := _DATE_NAME.search(flat)):
        raise ExpressionError(f"the name {clash[0]!r} is reserved", "rename it", clash.start() + 1)
    flat = _outside_texts(flat, lambda piece: _DATE.sub(r"_d\1\2\3", piece))
    _refuse_comments(flat)
    _refuse_per_cent(flat)
    _refuse_leading_zeros(flat)
    _refuse_foreign_signs(flat)
    return flat


def _outside_texts(flat: str, change: Callable[[str], str]) -> str:
    pieces = re.split(f"({_TEXT})", flat)
    return "".join(piece if index % 2 else change(piece) for index, piece in enumerate(pieces))


def _without_texts(flat: str) -> str:
    return re.sub(_TEXT, lambda text: "_" * len(text[0]), flat)


def _refuse_foreign_signs(flat: str) -> None:
    found = _FOREIGN_SIGN.search(_without_texts(flat))
    if found is not None:
        raise ExpressionError(f"`{found[0]}` is not part of the plan language", _FOREIGN[found[0]], found.start() + 1)


def _refuse_per_cent(flat: str) -> None:
    found = _PER_CENT.search(_without_texts(flat))
    if found is not None:
        rate = Decimal(found["number"]).scaleb(-2)
        raise ExpressionError(f"{found[0]!r} is no number", f"a rate is a decimal: {rate:f}", found.start() + 1)


def _refuse_leading_zeros(flat: str) -> None:
    found = _LEADING_ZEROS.search(_without_texts(flat))
    if found is not None:
        raise ExpressionError(f"{found[0]!r} begins with 0", f"write {found['number']}", found.start() + 1)


def _refuse_comments(flat: str) -> None:
    if "#" not in flat:
        return
    lead = len(flat) - len(flat.lstrip())
    try:
        for token in tokenize.generate_tokens(io.StringIO(flat.lstrip()).readline):
            if token.type == tokenize.COMMENT:
                at = token.start[1] + lead + 1
                raise ExpressionError("`#` in an expression", "put the comment on a line of its own", at)
    except (tokenize.TokenError, SyntaxError):
        return  # the parser says it better


def _python_tree(flat: str) -> ast.Expression:
    lead = len(flat) - len(flat.lstrip())
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(flat.strip(), mode="eval")
    except SyntaxError as error:
        raise ExpressionError(f"not an expression: {error.msg}", "", (error.offset or 1) + lead) from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise ExpressionError(f"not an expression: {error}", "") from None


class _Reader:
    """Turns Python's tree of one text into ours."""

    def __init__(self, flat: str) -> None:
        self._lead = len(flat) - len(flat.lstrip())
        self._bytes = flat.strip().encode()
        self._depth = 0

    def read(self, node: ast.expr) -> Syntax:
        self._depth += 1
        if self._depth > NESTING_LIMIT:
            raise ExpressionError(
                f"expressions are nested more than {NESTING_LIMIT} deep",
                "split it into named parts",
                self._at(node),
            )
        try:
            return self._read(node)
        finally:
            self._depth -= 1

    def _read(self, node: ast.expr) -> Syntax:  # noqa: PLR0911 - a return per kind
        at = self._at(node)
        match node:
            case ast.Constant():
                return Literal_(value=self._literal(node), at=at)
            case ast.Name() | ast.Attribute():
                return self._name(node)
            case ast.UnaryOp():
                return self._unary(node)
            case ast.BinOp():
                operator = cast('Literal["+", "-", "*", "/"]', self._operator(node.op, _OPERATORS, node.right))
                return Operation(operator=operator, left=self.read(node.left), right=self.read(node.right), at=at)
            case ast.Compare():
                return self._comparison(node)
            case ast.BoolOp():
                word: Literal["and", "or"] = "and" if isinstance(node.op, ast.And) else "or"
                return Junction(operator=word, items=tuple(map(self.read, node.values)), at=at)
            case ast.IfExp():
                condition, then, other = self.read(node.test), self.read(node.body), self.read(node.orelse)
                return Conditional(condition=condition, then=then, other=other, at=at)
            case ast.Call():
                return self._call(node)
            case _:
                raise self._refusal(node, node)

    def _at(self, node: ast.expr) -> int:
        return len(self._bytes[: node.col_offset].decode()) + self._lead + 1

    def _source(self, node: ast.expr) -> str:
        return self._bytes[node.col_offset : node.end_col_offset].decode()

    def _refusal(self, what: ast.AST, where: ast.expr) -> ExpressionError:
        word = _WORDS.get(type(what), f"`{type(what).__name__}`")
        return ExpressionError(
            f"{word} is not part of the plan language", _INSTEAD.get(type(what), ""), self._at(where)
        )

    def _literal(self, node: ast.Constant) -> Decimal | str:
        source, at = self._source(node), self._at(node)
        if isinstance(node.value, str):
            return node.value
        if node.value is None or isinstance(node.value, bool):
            raise ExpressionError(f"{source} is Python's spelling", f"write {source.lower()}", at)
        if not isinstance(node.value, (int, float)) or not _DECIMAL.fullmatch(source):
            raise ExpressionError(f"{source} is no decimal", "write digits with at most one point between them", at)
        if len(source.replace(".", "").lstrip("0")) > DIGITS_LIMIT:
            raise ExpressionError(f"{source} has more than {DIGITS_LIMIT} digits", "", at)
        return Decimal(source)

    def _name(self, node: ast.Name | ast.Attribute) -> Syntax:
        at = self._at(node)
        if isinstance(node, ast.Attribute):
            return Identifier(name=self._dotted(node), at=at)
        name = self._word(node)
        if day := _DATE_NAME.fullmatch(name):
            return Literal_(value=self._date(day, at), at=at)
        if name in {"true", "false", "none"}:
            return Literal_(value={"true": True, "false": False, "none": None}[name], at=at)
        return Identifier(name=name, at=at)

    def _dotted(self, node: ast.Attribute) -> str:
        """Read `me.personal`, and `me.previous.lifetime`: a prefix before a name that has a dot itself."""
        match node.value:
            case ast.Name():
                return f"{self._word(node.value)}.{node.attr}"
            case ast.Attribute():
                return f"{self._dotted(node.value)}.{node.attr}"
            case _:
                raise self._refusal(node, node)

    def _word(self, node: ast.Name) -> str:
        if not node.id.isascii():
            raise ExpressionError(f"{self._source(node)!r} is no name", "use a-z, 0-9 and _", self._at(node))
        return node.id

    def _date(self, day: re.Match[str], at: int) -> date:
        year, month, number = map(int, day.groups())
        try:
            return date(year, month, number)
        except ValueError:
            raise ExpressionError(f"{day[1]}-{day[2]}-{day[3]} is no day of the calendar", "", at) from None

    def _unary(self, node: ast.UnaryOp) -> Syntax:
        if isinstance(node.op, ast.USub):
            return Minus(item=self.read(node.operand), at=self._at(node))
        if isinstance(node.op, ast.Not):
            return Negation(item=self.read(node.operand), at=self._at(node))
        raise self._refusal(node.op, node)

    def _operator(self, operator: ast.AST, known: dict[type[ast.AST], str], where: ast.expr) -> str:
        if type(operator) not in known:
            raise self._refusal(operator, where)
        return known[type(operator)]

    def _comparison(self, node: ast.Compare) -> Syntax:
        """Read `a < b`, and `a < b < c` as `a < b and b < c`."""
        found: list[Syntax] = []
        left = node.left
        for operator, right in zip(node.ops, node.comparators, strict=True):
            found.append(self._one_comparison(left, operator, right))
            left = right
        return found[0] if len(found) == 1 else Junction(operator="and", items=tuple(found), at=self._at(node))

    def _one_comparison(self, left: ast.expr, operator: ast.cmpop, right: ast.expr) -> Syntax:
        at = self._at(left)
        if isinstance(operator, (ast.In, ast.NotIn)):
            if not isinstance(right, ast.List):
                raise ExpressionError("`in` needs a list", "write x in [a, b]", self._at(right))
            options = tuple(map(self.read, right.elts))
            return Membership(item=self.read(left), options=options, negated=isinstance(operator, ast.NotIn), at=at)
        sign = cast('Literal["==", "!=", "<", "<=", ">", ">="]', self._operator(operator, _COMPARISONS, right))
        return Comparison(operator=sign, left=self.read(left), right=self.read(right), at=at)

    def _call(self, node: ast.Call) -> Syntax:
        if not isinstance(node.func, (ast.Name, ast.Attribute)):
            raise self._refusal(node, node)
        name = self._name(node.func)
        if not isinstance(name, Identifier):
            raise ExpressionError(f"{self._source(node.func)!r} is no function", "", self._at(node))
        for keyword in node.keywords:
            if keyword.arg is None:
                raise ExpressionError("`**` is not part of the plan language", "", self._at(keyword.value))
        keywords = tuple((str(keyword.arg), self.read(keyword.value)) for keyword in node.keywords)
        return FunctionCall(
            name=name.name, arguments=tuple(map(self._argument, node.args)), keywords=keywords, at=self._at(node)
        )

    def _argument(self, node: ast.expr) -> Syntax:
        if isinstance(node, ast.List):
            return Listing(items=tuple(map(self.read, node.elts)), at=self._at(node))
        return self.read(node)
