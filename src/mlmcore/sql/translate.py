"""The driver's errors become ours: by the constraint's name where its kind says too little, else by SQLSTATE.

One place, so that an application catches the same error from memory and from PostgreSQL. The message keeps the
server's words and its detail, which name the row; the driver's error stays as the cause. Passing failures say so
(`TransientError`).
"""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from mlmcore.domain.errors import (
    BrokenReferenceError,
    ConflictError,
    MlmError,
    RefusedError,
    StorageError,
    TransientError,
)

__all__ = ["translated", "translating"]

_BY_STATE: dict[str, type[MlmError]] = {
    "23503": BrokenReferenceError,
    "23505": ConflictError,
    "23P01": ConflictError,
    "23502": RefusedError,
    "23514": RefusedError,
    "P0001": RefusedError,
    "0A000": RefusedError,
    "25P03": TransientError,
    "40001": TransientError,
    "40P01": TransientError,
    "55P03": TransientError,
    "57014": TransientError,
    "57P01": TransientError,
    "57P02": TransientError,
    "57P03": TransientError,
    "57P05": TransientError,
}
_BY_CLASS: dict[str, type[MlmError]] = {"08": TransientError, "53": TransientError, "22": RefusedError}

_ROW_IN_DETAIL = frozenset({"23502", "23514", "44000"})
_ROWLESS_SOURCES = frozenset({"exec_stmt_raise", "ExecFindPartition"})

_SENTENCES = {
    "commission_runs_official_key": "the period has an official run already",
    "users_lower_email_key": "another user has this e-mail, in one case or another",
    "users_email_key": "another user has this e-mail",
    "distributors_placement_id_placement_leg_key": "somebody hangs in this leg of this placement parent already",
    **{
        f"commission_periods_{kind}_excl": f"another {kind} shares days with this period"
        for kind in ("day", "week", "month", "quarter")
    },
    "products_stock_quantity_check": "a product whose inventory is tracked cannot have less than none in stock",
    "payouts_distributor_id_period_id_currency_key": "this distributor has a payout in this currency for this period",
}
"""What the server's words for a constraint leave unsaid."""


@contextmanager
def translating() -> Iterator[None]:
    """Let whatever the driver raises in this block come out as one of our errors."""
    try:
        yield
    except psycopg.Error as error:
        raise translated(error) from error


def translated(error: psycopg.Error) -> MlmError:
    """Our error for one of the driver's."""
    state = error.sqlstate or ""
    kind = _BY_STATE.get(state) or _BY_CLASS.get(state[:2]) or _without_state(error)
    return kind(_message(error))


def _without_state(error: psycopg.Error) -> type[MlmError]:
    if error.sqlstate is not None:
        return StorageError
    if isinstance(error, psycopg.DataError):  # the driver itself cannot send such a value
        return RefusedError
    lost = isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)
    return TransientError if lost else StorageError


def _message(error: psycopg.Error) -> str:
    said = error.diag.message_primary or str(error).strip() or type(error).__name__
    parts = [
        _SENTENCES.get(error.diag.constraint_name or "", said),
        _missing_partition(error),
        _detail(error),
        error.diag.message_hint,
    ]
    return "; ".join(part.strip().rstrip(".") for part in parts if part)


def _detail(error: psycopg.Error) -> str:
    # The server's details of a check or of a NOT NULL show the whole row that failed, in the words of the server's
    # language; secrets and personal data have no business in a message. Our own functions' details do not.
    shows_row = error.sqlstate in _ROW_IN_DETAIL and error.diag.source_function not in _ROWLESS_SOURCES
    return "" if shows_row else error.diag.message_detail or ""


def _missing_partition(error: psycopg.Error) -> str:
    # A row without a partition arrives as a check violation that names no constraint.
    if error.diag.source_function == "ExecFindPartition":
        return "no partition takes this row: store its period first"
    return ""
