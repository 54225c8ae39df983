"""The slow twin of expressions: one row, a dict, `Fraction`, and recursion over Python's own tree.

Written from the language's page, not from the library: it shares no code with the parser, the checker or the
evaluator. A number is a `Fraction`, a missing value is None.
"""

import ast
from collections.abc import Callable, Mapping
from datetime import date
from fractions import Fraction
from math import floor
from typing import Any

Row = Mapping[str, Any]


class Missing(Exception):  # noqa: N818 - what happened, not an error of the twin
    """A value is missing where one is needed."""


def value_of(text: str, row: Row, tables: Mapping[str, Any], mode: str = "half_even") -> Any:
    """Return what an expression yields for one row."""
    return _Twin(row, tables, mode, text).value(ast.parse(text, mode="eval").body)


def rounded(exact: Fraction, places: int, mode: str) -> Fraction:
    """Round by the words of the language: `half_up` is halves away from zero, `up` away from zero, ..."""
    scaled = exact * 10**places
    low = floor(scaled)
    rest = scaled - low
    if not rest:
        return exact
    away = low + 1 if exact > 0 else low
    toward = low if exact > 0 else low + 1
    if rest == Fraction(1, 2):
        even = low if low % 2 == 0 else low + 1
        half = {"half_even": even, "half_up": away, "half_down": toward}
    else:
        near = low if rest < Fraction(1, 2) else low + 1
        half = dict.fromkeys(("half_even", "half_up", "half_down"), near)
    choice = {**half, "up": away, "down": toward, "floor": low, "ceiling": low + 1}[mode]
    return Fraction(choice, 10**places)


class _Twin:
    def __init__(self, row: Row, tables: Mapping[str, Any], mode: str, text: str) -> None:
        self.row = row
        self.tables = tables
        self.mode = mode
        self.text = text

    def value(self, node: ast.expr) -> Any:  # noqa: C901, PLR0911 - a case per kind of node
        match node:
            case ast.Constant(value=str()):
                return node.value
            case ast.Constant():
                return Fraction(ast.get_source_segment(self.text, node) or "")
            case ast.Name():
                return {"true": True, "false": False, "none": None}.get(node.id, self.row.get(node.id))
            case ast.UnaryOp(op=ast.Not()):
                return not self.value(node.operand)
            case ast.UnaryOp():
                return -self.need(node.operand)
            case ast.BoolOp(op=ast.And()):
                return all(self.value(item) for item in node.values)
            case ast.BoolOp():
                return any(self.value(item) for item in node.values)
            case ast.IfExp():
                return self.value(node.body) if self.value(node.test) else self.value(node.orelse)
            case ast.BinOp():
                return self.arithmetic(node)
            case ast.Compare():
                return self.compare(node)
            case ast.Call(func=ast.Name() as function):
                return self.call(function.id, node)
            case _:
                raise AssertionError(ast.dump(node))

    def need(self, node: ast.expr) -> Any:
        found = self.value(node)
        if found is None:
            raise Missing
        return found

    def arithmetic(self, node: ast.BinOp) -> Fraction:
        left, right = self.need(node.left), self.need(node.right)
        match node.op:
            case ast.Add():
                return left + right  # type: ignore[no-any-return] # rows hold anything
            case ast.Sub():
                return left - right  # type: ignore[no-any-return] # as above
            case ast.Mult():
                return left * right  # type: ignore[no-any-return] # as above
            case _:
                return left / right  # type: ignore[no-any-return] # as above

    def compare(self, node: ast.Compare) -> bool:
        operator, right = node.ops[0], node.comparators[0]
        if isinstance(operator, ast.In | ast.NotIn):
            assert isinstance(right, ast.List)
            found = any(self.value(node.left) == self.value(option) for option in right.elts)
            return bool(found == isinstance(operator, ast.In))
        if isinstance(operator, ast.Eq | ast.NotEq):
            return bool((self.value(node.left) == self.value(right)) == isinstance(operator, ast.Eq))
        first, second = self.need(node.left), self.need(right)
        match operator:
            case ast.Lt():
                return bool(first < second)
            case ast.LtE():
                return bool(first <= second)
            case ast.Gt():
                return bool(first > second)
            case _:
                return bool(first >= second)

    def call(self, name: str, node: ast.Call) -> Any:
        if name == "round":
            places = int(self.need(node.args[1]))
            mode = self.value(node.args[2]) if len(node.args) == 3 else self.mode
            return rounded(self.need(node.args[0]), places, mode)
        if name == "ratio":
            left, right = self.need(node.args[0]), self.need(node.args[1])
            return left / right if right else self.need(node.keywords[0].value)
        if name == "lookup":
            assert isinstance(node.args[0], ast.Name)
            return self.lookup(self.tables[node.args[0].id], [self.need(key) for key in node.args[1:]])
        arguments = [self.need(argument) for argument in node.args]
        return FUNCTIONS[name](*arguments)

    def lookup(self, table: Mapping[str, Any], keys: list[Any]) -> Fraction:
        if "rows_by_key" in table:
            found = table["rows_by_key"].get(tuple(keys), table["missing"])
            if found is None:
                raise Missing
            return Fraction(found)
        (key,) = keys
        reached = [row for row in table["rows"] if key >= row[0]]
        if table.get("marginal"):
            return self.marginal(table["rows"], key)
        if not reached and table["below"] is None:
            raise Missing
        return Fraction(reached[-1][1] if reached else table["below"])

    @staticmethod
    def marginal(rows: list[tuple[Fraction, Fraction]], key: Fraction) -> Fraction:
        if key < rows[0][0]:
            raise Missing
        total = Fraction(0)
        for index, (start, rate) in enumerate(rows):
            end = rows[index + 1][0] if index + 1 < len(rows) else key
            total += max(Fraction(0), min(key, end) - start) * rate
        return total


def _full_months(start: date, end: date) -> int:
    """Count, one by one, how often the day of the month is reached."""
    if end < start:
        return -_full_months(end, start)
    months = (end.year - start.year) * 12 + end.month - start.month
    return months if end.day >= start.day else months - 1


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "min": min,
    "max": max,
    "abs": abs,
    "floor": lambda x: Fraction(floor(x)),
    "clamp": lambda x, low, high: max(low, min(x, high)),
    "days_between": lambda start, end: Fraction((end - start).days),
    "months_between": lambda start, end: Fraction((end.year - start.year) * 12 + end.month - start.month),
    "full_months_between": lambda start, end: Fraction(_full_months(start, end)),
    "year": lambda day: Fraction(day.year),
    "month": lambda day: Fraction(day.month),
    "day": lambda day: Fraction(day.day),
}
