"""What every store erases: which columns of which rows, what stands in their place, and how it is written down."""

from collections.abc import Collection, Mapping
from typing import Any, Final
from uuid import UUID

from mlmcore.domain.errors import RefusedError
from mlmcore.domain.personal import PERSONAL, SECRET, Blank

__all__ = ["ERASE", "KEY_COLUMN", "blanks", "checked_erasure", "erase_document"]

ERASE: Final = "erase"
"""The action of the audit row."""

KEY_COLUMN: Final[Mapping[str, str]] = {"user_profiles": "user_id", "distributors": "user_id"}
"""The key of a table, where it is not `id`."""


def blanks(table: str, keep: Collection[str]) -> Mapping[str, Blank]:
    """What stands in place of the values of each column that is erased.

    Args:
        table: The rows' table.
        keep: Secret columns to keep, as `table.column`.
    """
    secret = {name: Blank.NOTHING for name in sorted(SECRET.get(table, ())) if f"{table}.{name}" not in keep}
    return {**PERSONAL.get(table, {}), **secret}


def checked_erasure(
    table: str, key: UUID, rows: Mapping[str, Collection[UUID]], reason: str, keep: Collection[str]
) -> None:
    """Refuse an erasure that says too little or asks for what cannot be erased (I4).

    Raises:
        RefusedError: It does; all that is wrong at once.
    """
    secret = {f"{name}.{column}" for name, columns in SECRET.items() for column in columns}
    wrong = [f"{name} holds nothing personal" for name in rows if name not in PERSONAL and name not in SECRET]
    wrong += [f"{name} is no secret that could be kept" for name in keep if name not in secret]
    wrong += [] if key in rows.get(table, ()) else [f"the row {key} of {table} is not among the rows"]
    wrong += [] if reason.strip() else ["the reason says nothing"]
    if wrong:
        raise RefusedError(f"nothing is erased: {'; '.join(wrong)}")


def erase_document(rows: Mapping[str, int], reason: str, keep: Collection[str]) -> Mapping[str, Any]:
    """What the audit row says."""
    return {"rows": dict(sorted(rows.items())), "reason": reason, "kept": sorted(keep)}
