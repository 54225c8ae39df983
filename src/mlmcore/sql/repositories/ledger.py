"""The ledger: adjustments one by one, a run's lines by a successor partition that is swapped in whole (decision D8)."""

from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from mlmcore.domain.commissions import AccountLine, CommissionRun, LedgerLine, UnpaidLine
from mlmcore.domain.errors import NotFoundError, RefusedError
from mlmcore.domain.money import Money
from mlmcore.repositories.commission_rules import (
    known_period,
    refuse_all_but_adjustments,
    refuse_replacing,
    refuse_wrong_correction,
)
from mlmcore.repositories.record_filters import EVERY_LINE, LineFilter
from mlmcore.repositories.stored import carried_values
from mlmcore.repositories.successors import check_successor
from mlmcore.repositories.values import Successor
from mlmcore.sql.query_files import Query
from mlmcore.sql.repositories._context import Context
from mlmcore.sql.repositories._record_picking import line_condition
from mlmcore.sql.repositories._rows import Rows, Table, bulk
from mlmcore.sql.repositories._successor import (
    ACCOUNT_COLUMNS,
    LEDGER_COLUMNS,
    UNPAID_COLUMNS,
    account_rows,
    ledger_rows,
    unpaid_rows,
)
from mlmcore.sql.repositories.carry import CARRY
from mlmcore.sql.repositories.periods import SqlPeriods
from mlmcore.sql.repositories.runs import RUNS

__all__ = ["SqlLedger"]

_LINES: Final = Table(name="commission_ledger", entity="ledger line", type=LedgerLine, key=("period_id", "id"))
_UNPAID: Final = Table(name="commission_unpaid", entity="unpaid line", type=UnpaidLine, key=("period_id", "id"))
_ACCOUNTS: Final = Table(name="commission_account_lines", entity="account line", type=AccountLine)


class SqlLedger:
    """The ledger; see `protocols.Ledger`."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._session = context.session
        self._lines = Rows(context, _LINES)
        self._unpaid = Rows(context, _UNPAID)
        self._accounts = Rows(context, _ACCOUNTS)
        self._runs = Rows(context, RUNS)
        self._carry = Rows(context, CARRY)
        self._periods = SqlPeriods(context)

    def get(self, period_id: str, line_id: UUID, /) -> LedgerLine:
        """Return a line."""
        found = self.find(period_id, line_id)
        if found is None:
            raise NotFoundError(f"ledger line of period {period_id}", [line_id])
        return found

    def find(self, period_id: str, line_id: UUID, /) -> LedgerLine | None:
        """Return a line, or None."""
        return self._lines.find(period_id, line_id)

    def add(self, line: LedgerLine, /) -> LedgerLine:
        """Store an adjustment in an open period."""
        period = known_period(f"ledger line {line.id}", line.period_id, self._periods.find(line.period_id))
        refuse_all_but_adjustments(period, line)
        if line.corrects_id is not None and line.corrects_period_id is not None:
            named = self._periods.find(line.corrects_period_id)
            refuse_wrong_correction(line, named, self.find(line.corrects_period_id, line.corrects_id))
        return self._lines.add(line)

    def replace(self, successor: Successor, /) -> CommissionRun:
        """Put a run's lines in place of what was calculated before, and return the run as stored."""
        run = successor.run
        period = known_period(f"run {run.id}", run.period_id, self._periods.find(run.period_id))
        official = self._runs.one("WHERE period_id = %(period)s AND official", {"period": period.id})
        if official is not None and official.id == run.id:
            return official
        refuse_replacing(period, official)
        check_successor(successor)
        with self._session.savepoint():
            return self._swap(successor)

    def list_by_period(self, period_id: str, /) -> tuple[LedgerLine, ...]:
        """Return a period's lines, by id."""
        return self._lines.many("WHERE period_id = %(period)s ORDER BY id", {"period": period_id})

    def list_by_distributor(self, period_id: str, distributor_id: UUID, /) -> tuple[LedgerLine, ...]:
        """Return somebody's lines in a period, by id."""
        rest = "WHERE period_id = %(period)s AND distributor_id = %(person)s ORDER BY id"
        return self._lines.many(rest, {"period": period_id, "person": distributor_id})

    def page(
        self, period_id: str, after: UUID | None = None, limit: int = 1000, *, where: LineFilter = EVERY_LINE
    ) -> tuple[LedgerLine, ...]:
        """Return the next lines of a period that a filter picks, by id."""
        words, parameters = line_condition(where)
        return self._lines.page(
            after,
            limit,
            key="id",
            where=f"period_id = %(period)s AND {words}",
            parameters={**parameters, "period": period_id},
        )

    def list_unpaid(self, period_id: str, /) -> tuple[UnpaidLine, ...]:
        """Return what was not paid in a period, by id."""
        return self._unpaid.many("WHERE period_id = %(period)s ORDER BY id", {"period": period_id})

    def list_account_lines(self, period_id: str, /) -> tuple[AccountLine, ...]:
        """Return what went to accounts in a period, by id."""
        return self._accounts.many("WHERE period_id = %(period)s ORDER BY id", {"period": period_id})

    def balances(self, period_id: str, /) -> dict[tuple[UUID, str], Money]:
        """Return the sum of a period's lines by distributor and currency, in that order."""
        rows = self._session.rows("ledger_balances", {"period": period_id})
        return {(row["distributor_id"], row["currency"]): Money.of(row["amount"], row["currency"]) for row in rows}

    def totals(self, period_id: str, /) -> dict[tuple[str, str], Money]:
        """Return the sum of a period's lines by bonus and currency, in that order; adjustments under `adjustment`."""
        rows = self._session.rows("ledger_totals", {"period": period_id})
        return {(row["bonus"], row["currency"]): Money.of(row["amount"], row["currency"]) for row in rows}

    def _swap(self, successor: Successor) -> CommissionRun:
        run, now = successor.run, self._context.now
        self._session.run("runs_replace_official", {"period": run.period_id})
        known = self._runs.find(run.id) is not None
        stored = self._runs.update(run) if known else self._runs.add(run)
        with bulk(self._context, None, 0):
            self._load("ledger", successor, LEDGER_COLUMNS, ledger_rows(successor, now))
            self._load("unpaid", successor, UNPAID_COLUMNS, unpaid_rows(successor, now))
            self._replace_accounts(successor)
            self._session.run("carry_delete", {"period": run.period_id})
        self._carry.add_many(carried_values(successor, now), audit=False)
        written = len(successor.lines) + len(successor.unpaid) + len(successor.accounts)
        self._session.run("audit_run", {"table": "commission_ledger", "run": run.id, "rows": written})
        self._take_place(successor)
        return stored

    def _load(self, kind: str, successor: Successor, columns: tuple[str, ...], rows: Any) -> None:
        table = self._session.rows("successor_create", _of(kind, successor))[0]["name"]
        self._session.copy_in(_copy(columns), rows, table=table)
        self._refuse_other_total(kind, successor, table)

    def _take_place(self, successor: Successor) -> None:
        # Last of all, for from here to the end of the transaction orders and distributors can be neither changed (a
        # foreign key is added) nor read (the old partition's foreign keys are dropped with it).
        for step in ("successor_complete", "successor_swap"):
            for kind in ("ledger", "unpaid"):
                self._session.rows(step, _of(kind, successor))

    def _refuse_other_total(self, kind: str, successor: Successor, table: str) -> None:
        # Asked of the loaded table, before it is swapped in: what the server holds is what the engine said.
        run = successor.run
        row = self._session.rows("successor_total", {"run": run.id}, table=table)[0]
        said = {"ledger": (run.line_count, _lines_total(successor)), "unpaid": (run.unpaid_count, run.unpaid)}
        count, amount = said[kind]
        if row["amount"] != amount or row["lines"] != count:
            raise RefusedError(
                f"run {run.id} is not stored: {row['lines']} {kind} lines of {row['amount']} arrived, "
                f"and the engine wrote {count} of {amount}"
            )

    def _replace_accounts(self, successor: Successor) -> None:
        used = {int(code) for segment in successor.accounts.segments for code in segment.account}
        names = sorted(successor.accounts.accounts[code] for code in used)
        self._session.run("accounts_ensure", {"names": names})
        self._session.run("account_lines_delete", {"period": successor.run.period_id})
        stream = account_rows(successor, self._context.now)
        self._session.copy_in(_copy(ACCOUNT_COLUMNS), stream, table="commission_account_lines")


def _of(kind: str, successor: Successor) -> dict[str, Any]:
    return {"kind": kind, "period": successor.run.period_id, "run": successor.run.id}


def _lines_total(successor: Successor) -> Decimal:
    return Money(successor.lines.total, successor.run.currency).amount


def _copy(columns: tuple[str, ...]) -> Query:
    text = f"COPY {{schema}}.{{table}} ({', '.join(columns)}) FROM STDIN (FORMAT BINARY)"
    return Query(name="lines: copy", purpose="load a run's lines", text=text)
