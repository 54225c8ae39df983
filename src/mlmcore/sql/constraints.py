"""What each constraint of the schema keeps, read from the schema's own files, so that an error can say it.

The server names the constraint that refused a row, and little else that a user understands. The files know the rest:
which columns a key has, what a reference points at, what a CHECK demands. What a CHECK demands is put into words here.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Final

from attrs import frozen

from mlmcore.sql.statements import Statement, split_statements

__all__ = ["Constraint", "demand", "schema_constraints", "schema_tables"]

_COMMENT: Final = re.compile(r"--[^\n]*")
_TABLE: Final = re.compile(r"(?:CREATE|ALTER) TABLE (\w+)")
_CONSTRAINT: Final = re.compile(
    r"CONSTRAINT (?P<name>\w+)\s+"
    r"(?P<kind>PRIMARY KEY|UNIQUE|FOREIGN KEY|CHECK|EXCLUDE)[^(]*(?P<body>\()",
)
_REFERENCES: Final = re.compile(r"\s*REFERENCES (\w+) \(([^)]*)\)")
_UNIQUE_INDEX: Final = re.compile(r"CREATE UNIQUE INDEX (?P<name>\w+) ON (?P<table>\w+) (?P<body>\()")

_WORDS: Final[tuple[tuple[str, str], ...]] = (
    (r"(\w+) >= (\d+)(?: AND \1 < 'NaN')?", "{0} must be at least {1}"),
    (r"(\w+) > (\d+)(?: AND \1 < 'NaN')?", "{0} must be more than {1}"),
    (r"(\w+) <> 'NaN'", "{0} must be a number"),
    (r"(\w+) <> ''", "{0} must not be empty"),
    (r"(\w+) ~ '\^\[A-Z\]\{3\}\$'", "{0} must be a currency's three capital letters"),
    (r"(\w+) ~ '\^\[0-9a-f\]\{64\}\$'", "{0} must be 64 hexadecimal digits"),
    (r"jsonb_typeof\((\w+)\) = '(\w+)'", "{0} must be a JSON {1}"),
    (
        r"(?:is_sealed|is_sealed_text|all_sealed)\((\w+)\)",
        "{0} must be sealed, never in clear; write it through a unit of work that has a cipher",
    ),
    (r"position\('@' IN (\w+)\) > 1", "{0} must hold an @ behind its first character"),
    (r"(\w+) IN \((.*)\)", "{0} must be one of {1}"),
    (r"(\w+)_id <> (?:user_)?id", "{0}_id must not be the row itself"),
    (r"(\w+) <> (\w+)", "{0} and {1} must differ"),
    (r"(\w+) >= (\w+)", "{0} must not be before {1}"),
)
"""The shapes that CHECKs have, and how each is said; whatever has no shape of these is shown as it is written."""

_SAID: Final[Mapping[str, str]] = MappingProxyType(
    {
        "auto_ships_interval_days_check": "interval_days must be between 1 and 3660",
        "commission_ledger_corrects_check": "corrects_id and corrects_period_id are given together or not at all",
        "commission_ledger_corrects_type_check": "only a line of type adjustment corrects another",
        "commission_periods_dates_check": "end_date, its last day, must not be before start_date; both are days",
        "compliance_cases_assignee_check": "assignee_id must not be subject_id: nobody looks into themselves",
        "compliance_cases_resolution_check": (
            "resolution and resolved_at are given together, exactly while status is resolved; one that is closed may "
            "keep them"
        ),
        "contacts_converted_at_check": "converted_at and converted_to_customer_id are given together or not at all",
        "contacts_converted_to_customer_id_check": (
            "a won contact names the customer that it became, an enrolled one may, and no other does"
        ),
        "contacts_enrolled_as_id_check": "enrolled_as_id is given exactly while it is enrolled",
        "debts_settled_check": "settled must be between 0 and amount",
        "distributors_placement_leg_given_check": "placement_id and placement_leg are given together or not at all",
        "distributors_sponsor_leg_given_check": "a sponsor_leg needs a sponsor_id",
        "genealogy_closure_enroller_check": "paths of the enroller tree are never kept",
        "order_items_stock_taken_check": "stock_taken must be between 0 and quantity",
        "order_items_total_price_check": "total_price must be quantity times unit_price",
        "payouts_approved_at_check": "approved_at is there from approval on, and not while status is requested",
        "payouts_failed_reason_check": "failed_reason says why, once status is failed, and is not there before",
        "payouts_processed_at_check": (
            "processed_at is there once it was handed to the bank, and not while status is requested or approved"
        ),
        "payouts_fee_amount_check": "fee_amount must be between 0 and amount",
        "payouts_held_reason_check": "while it is held, with a reason, status must not be processing or completed",
        "payouts_net_amount_check": "net_amount must be between 0 and amount less fee_amount",
        "products_stock_quantity_check": "where inventory_tracked, stock_quantity must be at least 0",
        "tasks_completed_at_check": "completed_at is given exactly while it is completed",
    }
)
"""By constraint, where the condition needs more words than its shape."""


@frozen(kw_only=True)
class Constraint:
    """One named rule of the schema.

    Attributes:
        name: Its name in the database.
        table: The table whose rows it is about.
        kind: `PRIMARY KEY`, `UNIQUE`, `FOREIGN KEY`, `CHECK` or `EXCLUDE`.
        body: What stands in its parentheses, on one line: columns, or the condition.
        refers_to: The table that a foreign key names; empty for all others.
        refers_to_columns: The columns there.
    """

    name: str
    table: str
    kind: str
    body: str
    refers_to: str = ""
    refers_to_columns: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of a key or reference."""
        return tuple(part.strip() for part in self.body.split(","))


def schema_constraints() -> Mapping[str, Constraint]:
    """Every constraint and unique index of the packaged schema, by name."""
    return _read()


def schema_tables() -> tuple[str, ...]:
    """The tables of the packaged schema, in the order of the files; partitions are not among them."""
    return tuple(dict.fromkeys(item.table for item in _read().values()))


def demand(check: Constraint) -> str:
    """What a CHECK demands, in words.

    >>> demand(schema_constraints()["payouts_amount_check"])
    'amount must be more than 0'
    >>> demand(Constraint(name="x", table="t", kind="CHECK", body="a = 2 * b"))
    'it must hold that a = 2 * b'
    """
    if check.name in _SAID:
        return _SAID[check.name]
    for shape, words in _WORDS:
        found = re.fullmatch(shape, check.body)
        if found:
            return words.format(*(part.replace("'", "") for part in found.groups()))
    return f"it must hold that {check.body}"


@cache
def _read() -> Mapping[str, Constraint]:
    folder = files("mlmcore.sql") / "schema"
    found = {
        item.name: item
        for entry in sorted(folder.iterdir(), key=lambda entry: entry.name)
        if entry.name.endswith(".sql")
        for statement in split_statements(entry.read_text(encoding="utf-8"), entry.name)
        for item in _of_statement(statement)
    }
    return MappingProxyType(found)


def _of_statement(statement: Statement) -> Iterator[Constraint]:
    text = _COMMENT.sub("", statement.text)
    index = _UNIQUE_INDEX.match(text)
    if index:
        yield Constraint(
            name=index["name"], table=index["table"], kind="UNIQUE", body=_inside(text, index.start("body"))
        )
    table = _TABLE.match(text)
    for found in _CONSTRAINT.finditer(text) if table else ():
        body = _inside(text, found.start("body"))
        reference = _REFERENCES.match(text, _end(text, found.start("body")))
        yield Constraint(
            name=found["name"],
            table=table[1] if table else "",
            kind=found["kind"],
            body=body,
            refers_to=reference[1] if reference else "",
            refers_to_columns=tuple(part.strip() for part in reference[2].split(",")) if reference else (),
        )


def _inside(text: str, start: int) -> str:
    """What stands between a parenthesis and the one that ends it, on one line."""
    return " ".join(text[start + 1 : _end(text, start) - 1].split())


def _end(text: str, start: int) -> int:
    """Where the parenthesis that begins here has ended; parentheses in quotes do not count."""
    depth = 0
    for token in re.finditer(r"'[^']*'|[()]", text[start:]):
        depth += {"(": 1, ")": -1}.get(token[0], 0)
        if depth == 0:
            return start + token.end()
    raise ValueError(f"a parenthesis is not ended: {text[start:][:80]!r}")
