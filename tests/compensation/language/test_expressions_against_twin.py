"""Evaluation over columns, against the slow twin that evaluates one row with fractions."""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, event, given, settings
from hypothesis import strategies as st

from compensation.language.expression_frames import NAMESPACE, RANKS, TABLES, RowsFrame
from mlmcore.compensation.columns import Column
from mlmcore.compensation.expressions.check import check
from mlmcore.compensation.expressions.evaluate import evaluate
from mlmcore.compensation.expressions.names import MEASURE
from mlmcore.compensation.plan import KeyTable, ThresholdTable
from mlmcore.domain.errors import InputError
from reference.expressions import Missing, value_of

CENTS = st.integers(-100_000, 100_000).map(lambda cents: Decimal(cents) / 100)
DAYS = st.dates(date(1999, 1, 1), date(2031, 12, 31))
ROW = st.fixed_dictionaries(
    {
        "x": CENTS,
        "y": CENTS,
        "n": st.integers(-5, 5).map(Decimal),
        "o": st.none() | CENTS,
        "flag": st.booleans(),
        "text": st.sampled_from(["eu", "us", None]),
        "day": DAYS,
        "start": DAYS,
        "lapsed": st.none() | DAYS,
        "rank": st.sampled_from([None, *RANKS]),
    }
)
MODES = ["half_even", "half_up", "half_down", "up", "down", "floor", "ceiling"]


def _wrap(form: str, *parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(*parts).map(lambda texts: form.format(*texts))


def _numbers(inner: st.SearchStrategy[str], conditions: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    ratios = st.one_of(
        _wrap("ratio({}, {}, zero={})", inner, inner, inner),
        _wrap("({}) / 7", inner),
        _wrap("(({}) / -3 + {}) * {}", inner, inner, inner),
        _wrap("max({}, ratio({}, {}, zero=1))", inner, inner, inner),
        _wrap("clamp(({}) / 9, -2, {})", inner, inner),
        _wrap("abs(ratio({}, {}, zero=0))", inner, inner),
        _wrap("(({}) / 3 if {} else {})", inner, conditions, inner),
        _wrap("-(({}) / 6)", inner),
    )
    operator = st.sampled_from(["+", "-", "*"])
    return st.one_of(
        _wrap("round({1} {0} {2}, 2)", operator, inner, inner),
        _wrap("({1} {0} {2})", st.sampled_from(["+", "-"]), inner, inner),
        _wrap("-({})", inner),
        _wrap("min({}, {})", inner, inner),
        _wrap("max({}, {}, {})", inner, inner, inner),
        _wrap("abs({})", inner),
        _wrap("clamp({}, {}, {})", inner, inner, inner),
        _wrap("floor({})", st.one_of(inner, ratios)),
        _wrap("round({}, {}, '{}')", ratios, st.sampled_from(["0", "1", "3"]), st.sampled_from(MODES)),
        _wrap("round({}, 2)", ratios),
        _wrap("({} if {} else {})", inner, conditions, inner),
        _wrap("lookup({}, {})", st.sampled_from(["steps", "strict", "tax"]), inner),
        _wrap("lookup(steps, {})", ratios),
        st.sampled_from(["lookup(by_rank, rank)", "lookup(by_text, text)", "lookup(by_level, rank, n)"]),
    )


def _conditions(inner: st.SearchStrategy[str], numbers: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    sign = st.sampled_from(["==", "!=", "<", "<=", ">", ">="])
    return st.one_of(
        _wrap("({1} {0} {2})", sign, numbers, numbers),
        _wrap("({1} {0} ratio({2}, {3}, zero=2))", sign, numbers, numbers, numbers),
        _wrap("({} and {})", inner, inner),
        _wrap("({} or {} or {})", inner, inner, inner),
        _wrap("(not {})", inner),
        _wrap("(o != none and o > {})", numbers),
        _wrap("(o in [none, {}])", numbers),
        _wrap("({} not in [x, y])", numbers),
    )


LEAVES = st.sampled_from(
    ["x", "y", "n", "o", "limit", "0", "1", "2", "0.05", "100", "year(day)", "month(start)", "day(day)"]
    + [f"{name}(start, day)" for name in ("days_between", "months_between", "full_months_between")]
    + ["days_between(lapsed, day)"]
)
FACTS = st.sampled_from(
    [
        "flag",
        "true",
        "false",
        "o == none",
        "text == 'eu'",
        "text != 'mars'",
        "text in ['us', none]",
        "text == none",
        "day > start",
        "day == lapsed",
        "lapsed == none",
        "day <= lapsed",
        "rank >= silver",
        "rank == none",
        "rank < gold",
    ]
)


@st.composite
def expressions(draw: st.DrawFn) -> str:
    """Draw a number or a condition, up to three levels deep."""
    numbers, conditions = LEAVES, FACTS
    for _ in range(draw(st.integers(1, 3))):
        numbers, conditions = st.one_of(LEAVES, _numbers(numbers, conditions)), _conditions(conditions, numbers)
    return draw(st.one_of(numbers, conditions))


def _frame(rows: list[dict[str, Any]]) -> RowsFrame:
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    ranks = [-1 if rank is None else RANKS.index(rank) for rank in columns["rank"]]
    return RowsFrame(
        size=len(rows),
        columns={
            **{name: Column.numbers(columns[name], places=2) for name in ("x", "y", "o")},
            "n": Column.numbers(columns["n"], places=0),
            "flag": Column.booleans(columns["flag"]),
            "text": Column.texts(columns["text"]),
            **{name: Column.dates(columns[name]) for name in ("day", "start", "lapsed")},
            "rank": Column.ranks(np.array(ranks, dtype=np.int16)),
        },
    )


def _twin_row(row: Mapping[str, Any]) -> dict[str, Any]:
    numbers = {name: None if row[name] is None else Fraction(row[name]) for name in ("x", "y", "n", "o")}
    rank = -1 if row["rank"] is None else RANKS.index(row["rank"])
    return {**row, **numbers, "limit": Fraction(100), "rank": rank, **{name: i for i, name in enumerate(RANKS)}}


def _twin_table(name: str) -> dict[str, Any]:
    table = TABLES[name]
    if isinstance(table, ThresholdTable):
        rows = [(Fraction(start), Fraction(value)) for start, value in table.rows]
        return {"rows": rows, "below": table.below, "marginal": table.mode == "marginal"}
    assert isinstance(table, KeyTable)
    missing = None if table.missing == "error" else Fraction(table.missing)
    kinds: dict[str, Callable[[str], object]] = {"rank": RANKS.index, "level": Fraction, "key": str}
    by_key = {
        tuple(kinds[by](part) for by, part in zip(table.by, key, strict=True)): v for key, v in table.rows.items()
    }
    return {"rows_by_key": by_key, "missing": missing}


TWIN_TABLES = {name: _twin_table(name) for name in TABLES}


def _twin(text: str, rows: list[dict[str, Any]]) -> list[Any] | None:
    """Return the twin's values, or None when a value is missing in some row."""
    plain = text.replace("rank == none", "rank == -1")
    try:
        return [value_of(plain, _twin_row(row), TWIN_TABLES) for row in rows]
    except Missing:
        return None


class TestEvaluation:
    @settings(max_examples=300)
    @given(text=expressions(), rows=st.lists(ROW, min_size=1, max_size=6))
    def test_equals_the_twin_row_by_row(self, text: str, rows: list[dict[str, Any]]) -> None:
        """Whatever the expression, every row has the twin's exact value, or both say that a value is missing."""
        node, errors = check(text, NAMESPACE, MEASURE)
        assert all("decimal places" in error.what for error in errors), (text, errors)
        assume(node is not None and not node.type.ratio)
        assert node is not None
        expected = _twin(text, rows)
        event("missing" if expected is None else "values")

        if expected is None:
            with pytest.raises(InputError):
                evaluate(node, _frame(rows))
            return
        column = evaluate(node, _frame(rows))
        found = [column.value(row) for row in range(len(rows))]

        assert [Fraction(v) if isinstance(v, Decimal) else v for v in found] == expected, text
