"""The ledger in memory: a period's lines are tables of their own, so that a successor is swapped in whole."""

from collections.abc import Iterable, Mapping
from typing import Final, TypeVar
from uuid import UUID

from attrs import evolve

from mlmcore.domain.commissions import (
    AccountLine,
    CommissionAccount,
    CommissionRun,
    LedgerLine,
    UnpaidLine,
)
from mlmcore.domain.enums import RunStatus
from mlmcore.domain.errors import BrokenReferenceError, NotFoundError
from mlmcore.domain.money import Money
from mlmcore.repositories.commission_rules import (
    known_period,
    refuse_all_but_adjustments,
    refuse_replacing,
    refuse_wrong_correction,
)
from mlmcore.repositories.memory._audit import audit_bulk
from mlmcore.repositories.memory._context import Context
from mlmcore.repositories.memory._record_picking import holds
from mlmcore.repositories.memory._rows import Rows, Table
from mlmcore.repositories.memory.commissions import CARRY, PERIODS, RUNS, refuse_unknown_plan
from mlmcore.repositories.paging import checked_limit
from mlmcore.repositories.record_filters import EVERY_LINE, LineFilter
from mlmcore.repositories.stored import account_lines, carried_values, ledger_lines, unpaid_lines
from mlmcore.repositories.successors import check_successor
from mlmcore.repositories.values import Successor

__all__ = ["MemoryLedger"]

_Key = TypeVar("_Key", tuple[UUID, str], tuple[str, str])

_NAMES: Final = {"ledger": "commission_ledger", "unpaid": "commission_unpaid", "accounts": "commission_account_lines"}


class MemoryLedger:
    """The ledger; see `protocols.Ledger`."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._periods = Rows(context, PERIODS)
        self._runs = Rows(context, RUNS)

    def get(self, period_id: str, line_id: UUID, /) -> LedgerLine:
        """Return a line."""
        found = self.find(period_id, line_id)
        if found is None:
            raise NotFoundError(f"ledger line of period {period_id}", [line_id])
        return found

    def find(self, period_id: str, line_id: UUID, /) -> LedgerLine | None:
        """Return a line, or None."""
        return self._lines(period_id).get(line_id)

    def add(self, line: LedgerLine, /) -> LedgerLine:
        """Store an adjustment in an open period."""
        period = known_period(f"ledger line {line.id}", line.period_id, self._periods.find(line.period_id))
        refuse_all_but_adjustments(period, line)
        if line.corrects_id is not None and line.corrects_period_id is not None:
            named = self._periods.find(line.corrects_period_id)
            refuse_wrong_correction(line, named, self.find(line.corrects_period_id, line.corrects_id))
        return Rows(self._context, _ledger_table(line.period_id)).add(line)

    def replace(self, successor: Successor, /) -> CommissionRun:
        """Put a run's lines in place of what was calculated before, and return the run as stored."""
        run = successor.run
        period = known_period(f"run {run.id}", run.period_id, self._periods.find(run.period_id))
        official = self._runs.find_by("official", period.id)
        if official is not None and official.id == run.id:
            return official
        refuse_replacing(period, official)
        check_successor(successor)
        refuse_unknown_plan(self._context, f"run {run.id}", run.plan_id, run.plan_version)
        with self._context.state.savepoint():
            return self._swap(successor, official)

    def list_by_period(self, period_id: str, /) -> tuple[LedgerLine, ...]:
        """Return a period's lines, by id."""
        return tuple(line for _, line in sorted(self._lines(period_id).items()))

    def list_by_distributor(self, period_id: str, distributor_id: UUID, /) -> tuple[LedgerLine, ...]:
        """Return somebody's lines in a period, by id."""
        return tuple(line for line in self.list_by_period(period_id) if line.distributor_id == distributor_id)

    def page(
        self, period_id: str, after: UUID | None = None, limit: int = 1000, *, where: LineFilter = EVERY_LINE
    ) -> tuple[LedgerLine, ...]:
        """Return the next lines of a period that a filter picks, by id."""
        checked_limit(limit)
        lines = self.list_by_period(period_id)
        return tuple(line for line in lines if (after is None or line.id > after) and holds(where, line))[:limit]

    def list_unpaid(self, period_id: str, /) -> tuple[UnpaidLine, ...]:
        """Return what was not paid in a period, by id."""
        rows: Mapping[UUID, UnpaidLine] = self._context.state.read(f"{_NAMES['unpaid']}/{period_id}")
        return tuple(line for _, line in sorted(rows.items()))

    def list_account_lines(self, period_id: str, /) -> tuple[AccountLine, ...]:
        """Return what went to accounts in a period, by id."""
        rows: Mapping[UUID, AccountLine] = self._context.state.read(f"{_NAMES['accounts']}/{period_id}")
        return tuple(line for _, line in sorted(rows.items()))

    def balances(self, period_id: str, /) -> dict[tuple[UUID, str], Money]:
        """Return the sum of a period's lines by distributor and currency, in that order."""
        return _sums(((line.distributor_id, line.currency), line.amount) for line in self._each(period_id))

    def totals(self, period_id: str, /) -> dict[tuple[str, str], Money]:
        """Return the sum of a period's lines by bonus and currency, in that order; adjustments under `adjustment`."""
        return _sums(((line.bonus_id or line.type.value, line.currency), line.amount) for line in self._each(period_id))

    def _lines(self, period_id: str) -> Mapping[UUID, LedgerLine]:
        return self._context.state.read(f"{_NAMES['ledger']}/{period_id}")

    def _each(self, period_id: str) -> Iterable[LedgerLine]:
        return self._lines(period_id).values()

    def _swap(self, successor: Successor, official: CommissionRun | None) -> CommissionRun:
        run, now = successor.run, self._context.now
        if official is not None:
            self._runs.update(evolve(official, official=False, status=RunStatus.REPLACED))
        stored = self._runs.update(run) if self._runs.find(run.id) else self._runs.add(run)
        kept = {key: line for key, line in self._lines(run.period_id).items() if line.run_id is None}
        lines = ledger_lines(successor, now)
        self._make_accounts(successor)
        self._put("ledger", run.period_id, [*kept.values(), *lines])
        self._put("unpaid", run.period_id, unpaid_lines(successor, now))
        self._put("accounts", run.period_id, account_lines(successor, now))
        self._replace_carry(successor)
        written = len(successor.lines) + len(successor.unpaid) + len(successor.accounts)
        audit_bulk(self._context, _NAMES["ledger"], written, key=run.id)
        return stored

    def _put(self, name: str, period_id: str, lines: Iterable[LedgerLine | UnpaidLine | AccountLine]) -> None:
        state = self._context.state
        people, orders = state.read("distributors"), state.read("orders")
        rows = state.write(f"{_NAMES[name]}/{period_id}")
        rows.clear()
        for line in lines:
            payee = None if isinstance(line, AccountLine) else line.distributor_id
            for column, key, known in (
                ("distributor_id", payee, people),
                ("source_distributor_id", line.source_distributor_id, people),
                ("source_order_id", line.source_order_id, orders),
            ):
                if key is not None and key not in known:
                    raise BrokenReferenceError(
                        f"line {line.id} of run {line.run_id}: {column} names {key}, which is not stored"
                    )
            rows[line.id] = line

    def _make_accounts(self, successor: Successor) -> None:
        rows = self._context.state.write("commission_accounts")
        for line in account_lines(successor, self._context.now):
            if line.account_id not in rows:
                rows[line.account_id] = CommissionAccount(id=line.account_id, created_at=self._context.now)

    def _replace_carry(self, successor: Successor) -> None:
        carry = Rows(self._context, CARRY)
        gone = carry.select(lambda value: value.period_id == successor.run.period_id)
        carry.remove(gone)
        carry.add_many(carried_values(successor, self._context.now), audit=False)


def _ledger_table(period_id: str) -> Table[LedgerLine]:
    return Table(
        name=f"{_NAMES['ledger']}/{period_id}",
        entity="ledger line",
        key=lambda line: line.id,
        references={
            "period_id": "commission_periods",
            "distributor_id": "distributors",
            "source_order_id": "orders",
            "source_distributor_id": "distributors",
            "run_id": "commission_runs",
        },
        audited=_NAMES["ledger"],
    )


def _sums(items: Iterable[tuple[_Key, Money]]) -> dict[_Key, Money]:
    sums: dict[_Key, Money] = {}
    for key, amount in items:
        sums[key] = sums[key] + amount if key in sums else amount
    return dict(sorted(sums.items()))
