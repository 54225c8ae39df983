"""The words that every table here is written in: the one `MetaData`, the naming of constraints, the types by meaning.

The names of constraints are those of docs/schema/additions.md: `TABLE_pkey`, `TABLE_COLUMNS_key`, `TABLE_COLUMN_fkey`,
`TABLE_WHAT_check`, `TABLE_COLUMNS_idx`. Nothing about any one table stands here.
"""

from typing import Any, Final

from sqlalchemy import CheckConstraint, Column, MetaData, Numeric, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY, ENUM, JSONB, TIMESTAMP

from mlmcore.domain.enums import ENUMS

__all__ = [
    "DECLARED",
    "EXACT",
    "INSTANT",
    "JSON",
    "JSON_LIST",
    "MONEY",
    "RATE",
    "check",
    "check_currency",
    "check_digest",
    "check_not_nan",
    "check_object",
    "check_one_of",
    "check_positive",
    "check_zero_or_more",
    "created_at",
    "enum",
    "instant_now",
    "new_id",
    "word",
]

DECLARED: Final = MetaData(
    naming_convention={
        "pk": "%(table_name)s_pkey",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
        "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
        "ck": "%(table_name)s_%(constraint_name)s_check",
        "ix": "%(table_name)s_%(column_0_N_name)s_idx",
    }
)
"""Every table as it is declared, in no schema; `metadata_for` copies it into one."""

MONEY: Final = Numeric(18, 2)
"""Money and volume: hundredths that fit a 64-bit integer."""
RATE: Final = Numeric(12, 8)
"""Exact decimals that something is multiplied by."""
EXACT: Final = Numeric(30, 12)
"""What a rate is applied to, and amounts before they are rounded."""
INSTANT: Final = TIMESTAMP(timezone=True)
"""A moment; aware datetimes in Python."""
JSON: Final = JSONB(none_as_null=True)
"""Plain mappings; Python's None is NULL, not JSON's null."""
JSON_LIST: Final = ARRAY(JSONB(none_as_null=True))
"""An array whose elements are plain mappings."""


def enum(name: str) -> ENUM:
    """The database's enum type of that name, as the class in `mlmcore.domain.enums`.

    SQLAlchemy never creates or drops it: the schema's files do.
    """
    return ENUM(
        ENUMS[name],
        name=name,
        values_callable=lambda labels: [label.value for label in labels],
        create_type=False,
    )


def new_id() -> Column[Any]:
    """The primary key `id` that nearly every table has."""
    return Column("id", Uuid, primary_key=True, server_default=text("gen_random_uuid()"))


def instant_now(name: str) -> Column[Any]:
    """A nullable moment that is the transaction's where none is given, as the seed writes its timestamps."""
    return Column(name, INSTANT, server_default=text("now()"))


def created_at(name: str = "created_at") -> Column[Any]:
    """The same, never NULL, as in the tables of ours."""
    return Column(name, INSTANT, nullable=False, server_default=text("now()"))


def word(label: str) -> Any:
    """A text as a column's default."""
    return text("'" + label.replace("'", "''") + "'")


def check(what: str, condition: str) -> CheckConstraint:
    """The constraint `TABLE_WHAT_check`."""
    return CheckConstraint(condition, name=what)


def check_not_nan(*columns: str) -> tuple[CheckConstraint, ...]:
    """Numeric columns would hold NaN; no amount is one."""
    return tuple(check(column, f"{column} <> 'NaN'") for column in columns)


def check_zero_or_more(*columns: str) -> tuple[CheckConstraint, ...]:
    """Amounts without a sign; NaN sorts above every number, so it is refused from above."""
    return tuple(check(column, f"{column} >= 0 AND {column} < 'NaN'") for column in columns)


def check_positive(column: str) -> CheckConstraint:
    """An amount above nought."""
    return check(column, f"{column} > 0 AND {column} < 'NaN'")


def check_currency() -> CheckConstraint:
    """Three capital letters."""
    return check("currency", "currency ~ '^[A-Z]{3}$'")


def check_digest(*columns: str) -> tuple[CheckConstraint, ...]:
    """SHA-256 in small hexadecimal letters."""
    return tuple(check(column, f"{column} ~ '^[0-9a-f]{{64}}$'") for column in columns)


def check_object(column: str) -> CheckConstraint:
    """JSON that is an object, not a list or a scalar."""
    return check(column, f"jsonb_typeof({column}) = 'object'")


def check_one_of(column: str, *labels: str) -> CheckConstraint:
    """One word of a list that is ours and therefore no enum type."""
    return check(column, f"{column} IN ({', '.join(repr(str(label)) for label in labels)})")
