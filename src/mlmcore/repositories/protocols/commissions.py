"""Commissions: ranks, periods, plans, runs, the ledger, carried state, rank history, payouts and debts."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Protocol
from uuid import UUID

from mlmcore.domain.commissions import (
    AccountLine,
    CommissionCarry,
    CommissionInput,
    CommissionPeriod,
    CommissionPlan,
    CommissionRun,
    Debt,
    LedgerLine,
    Payout,
    Rank,
    RankHistory,
    UnpaidLine,
)
from mlmcore.domain.enums import PayoutStatus, PeriodKind, PeriodStatus
from mlmcore.domain.money import Money
from mlmcore.repositories.record_filters import EVERY_LINE, LineFilter
from mlmcore.repositories.values import Claim, Successor, Volumes

__all__ = ["Carry", "Ledger", "Payouts", "Periods", "Plans", "RankHistories", "Ranks", "Runs"]


class Ranks(Protocol):
    """The table of ranks, which installing a plan writes.

    - **R1** `id` is unique.
    """

    def get(self, rank_id: str, /) -> Rank:
        """Return a rank."""
        ...

    def find(self, rank_id: str, /) -> Rank | None:
        """Return a rank, or None."""
        ...

    def add(self, rank: Rank, /) -> Rank:
        """Store a new rank."""
        ...

    def update(self, rank: Rank, /) -> Rank:
        """Replace a stored rank."""
        ...

    def list_all(self) -> tuple[Rank, ...]:
        """Return all ranks, by level, then id."""
        ...


class Periods(Protocol):
    """Commission periods and the company figures that belong to them.

    - **P1** `id` is unique.
    - **P2** No two periods of one kind share a day (`ConflictError`); periods of two kinds may.
    - **P3** A period's status moves as `machines.PERIOD` says.
    - **P4** A new period is `open`; once it is not, its days, kind and timezone never change (`RefusedError`).
    - **P5** Company figures of a finalized period never change (`RefusedError`); setting one again replaces it.
    - **P6** `previous` is the period of the same kind that ended last before this one began, or None; `following` is
      the one that begins first after this one has ended.
    """

    def get(self, period_id: str, /) -> CommissionPeriod:
        """Return a period."""
        ...

    def find(self, period_id: str, /) -> CommissionPeriod | None:
        """Return a period, or None."""
        ...

    def add(self, period: CommissionPeriod, /) -> CommissionPeriod:
        """Store a new period and make room for its ledger."""
        ...

    def update(self, period: CommissionPeriod, /) -> CommissionPeriod:
        """Replace a stored period."""
        ...

    def list_by_status(self, status: PeriodStatus, /) -> tuple[CommissionPeriod, ...]:
        """Return the periods of a status, by first day, then id."""
        ...

    def previous(self, period_id: str, /) -> CommissionPeriod | None:
        """Return the period before this one, of its kind, or None."""
        ...

    def following(self, period_id: str, /) -> CommissionPeriod | None:
        """Return the period after this one, of its kind, or None."""
        ...

    def find_by_day(self, kind: PeriodKind, day: date, /) -> CommissionPeriod | None:
        """Return the period of a kind in which a day lies, or None."""
        ...

    def set_input(self, figure: CommissionInput, /) -> CommissionInput:
        """Store a company figure of a period, or replace the one of this name."""
        ...

    def list_inputs(self, period_id: str, /) -> tuple[CommissionInput, ...]:
        """Return a period's company figures, by name."""
        ...


class Plans(Protocol):
    """The documents of plans, by id and version.

    - **N1** `(plan_id, version)` is unique.
    - **N2** A stored plan never changes.
    """

    def get(self, plan_id: str, version: str, /) -> CommissionPlan:
        """Return one version of a plan."""
        ...

    def find(self, plan_id: str, version: str, /) -> CommissionPlan | None:
        """Return one version of a plan, or None."""
        ...

    def add(self, plan: CommissionPlan, /) -> CommissionPlan:
        """Store a new version of a plan."""
        ...

    def list_by_plan(self, plan_id: str, /) -> tuple[CommissionPlan, ...]:
        """Return all versions of a plan, by the day from which they are effective, then version."""
        ...

    def effective(self, plan_id: str, day: date, /) -> CommissionPlan:
        """Return the version that is effective on a day: the last to become so; of two on one day, the later stored.

        Raises:
            NotFoundError: No version is effective by then.
        """
        ...


class Runs(Protocol):
    """Runs: one evaluation of one plan over one period each.

    - **X1** `id` is unique; the period, the plan's version and the previous run that are named are stored.
    - **X2** A period has at most one official run. Only `Ledger.replace` makes a run official (`RefusedError`).
    - **X3** Once its period is finalized, the official run is `finalized`; such a run never changes, nor is it replaced
      (`RefusedError`).
    """

    def get(self, run_id: UUID, /) -> CommissionRun:
        """Return a run."""
        ...

    def find(self, run_id: UUID, /) -> CommissionRun | None:
        """Return a run, or None."""
        ...

    def find_official(self, period_id: str, /) -> CommissionRun | None:
        """Return the official run of a period, or None."""
        ...

    def add(self, run: CommissionRun, /) -> CommissionRun:
        """Store a run that is not official: a trial, or one that failed."""
        ...

    def update(self, run: CommissionRun, /) -> CommissionRun:
        """Replace a stored run."""
        ...

    def list_by_period(self, period_id: str, /) -> tuple[CommissionRun, ...]:
        """Return a period's runs, by start, then id."""
        ...


class Ledger(Protocol):
    """The ledger: lines of distributors, lines of accounts, and what was not paid, per period.

    - **L1** Lines are only ever added, one by one as adjustments while the period is open, or all at once by `replace`.
    - **L2** `add` takes lines of the type `adjustment` only, and only while the period is open (`RefusedError`).
    - **L3** A line that corrects another names a stored line of a period that is not open.
    - **L4** `replace` needs a period that is `calculating` (`RefusedError`). Afterwards the period holds exactly: the
      adjustments that it held, and the successor's lines, unpaid lines, account lines and carried values. Accounts
      that are new are made. All or nothing, with one audit row (A8) whose `entity_id` is the run's and which counts
      lines, unpaid lines and account lines.
    - **L5** `replace` makes the successor's run the official one, and the one before it `replaced`. A successor whose
      run is official already changes nothing; one whose run was replaced before takes its place again.
    - **L6** `replace` refuses a successor whose lines do not add up to its run's `paid`, whose counts differ from its
      run's, or that names somebody who is not stored (`RefusedError`, `BrokenReferenceError`).
    - **L7** Once the period is finalized nothing is added or replaced (`RefusedError`).
    - **L8** Calculated lines have the ids of `line_ids`, so the same run always has the same bytes.
    - **L9** `balances` is the sum of a period's lines per distributor and currency.
    """

    def get(self, period_id: str, line_id: UUID, /) -> LedgerLine:
        """Return a line."""
        ...

    def find(self, period_id: str, line_id: UUID, /) -> LedgerLine | None:
        """Return a line, or None."""
        ...

    def add(self, line: LedgerLine, /) -> LedgerLine:
        """Store an adjustment in an open period."""
        ...

    def replace(self, successor: Successor, /) -> CommissionRun:
        """Put a run's lines in place of what was calculated before, and return the run as stored."""
        ...

    def list_by_period(self, period_id: str, /) -> tuple[LedgerLine, ...]:
        """Return a period's lines, by id."""
        ...

    def list_by_distributor(self, period_id: str, distributor_id: UUID, /) -> tuple[LedgerLine, ...]:
        """Return somebody's lines in a period, by id."""
        ...

    def page(
        self, period_id: str, after: UUID | None = None, limit: int = 1000, *, where: LineFilter = EVERY_LINE
    ) -> tuple[LedgerLine, ...]:
        """Return the next lines of a period that a filter picks, by id."""
        ...

    def list_unpaid(self, period_id: str, /) -> tuple[UnpaidLine, ...]:
        """Return what was not paid in a period, by id."""
        ...

    def list_account_lines(self, period_id: str, /) -> tuple[AccountLine, ...]:
        """Return what went to accounts in a period, by id."""
        ...

    def balances(self, period_id: str, /) -> Mapping[tuple[UUID, str], Money]:
        """Return the sum of a period's lines by distributor and currency, in that order."""
        ...

    def totals(self, period_id: str, /) -> Mapping[tuple[str, str], Money]:
        """Return the sum of a period's lines by bonus and currency, in that order; adjustments under `adjustment`."""
        ...


class Carry(Protocol):
    """What one period hands to the next: a plan's carried values, and amounts held back from payouts.

    A carried value has a name. The plan's own have the plan's names and are written by `Ledger.replace`;
    `payout.held` and `payout.drawn_up` are written when payouts are drawn up.

    - **Y1** `(run, distributor or None, name)` is unique; the run, period and distributor are stored, and the period
      is the run's.
    - **Y2** A stored value never changes, but for `Ledger.replace`, which replaces the run's together with the lines.
    """

    def add_many(self, values: Sequence[CommissionCarry], /) -> None:
        """Store carried values."""
        ...

    def find(self, run_id: UUID, distributor_id: UUID | None, name: str, /) -> CommissionCarry | None:
        """Return one carried value, or None."""
        ...

    def list_by_run(self, run_id: UUID, name: str | None = None, /) -> tuple[CommissionCarry, ...]:
        """Return a run's carried values (of one name), by name, then distributor, the company's first."""
        ...


class RankHistories(Protocol):
    """Which rank everybody had in each finalized period.

    - **H1** `(distributor, period)` is unique; distributor, period, run, ranks and plan version are stored.
    - **H2** A row never changes.
    """

    def add_many(self, rows: Sequence[RankHistory], /) -> None:
        """Store many rows."""
        ...

    def find(self, period_id: str, distributor_id: UUID, /) -> RankHistory | None:
        """Return the row of somebody in a period, or None."""
        ...

    def list_by_distributor(self, distributor_id: UUID, /) -> tuple[RankHistory, ...]:
        """Return somebody's rows, by the period's first day."""
        ...

    def list_by_period(self, period_id: str, /) -> tuple[RankHistory, ...]:
        """Return a period's rows, by distributor."""
        ...

    def page(
        self, period_id: str, after: UUID | None = None, limit: int = 1000, *, rank_id: str | None = None
    ) -> tuple[RankHistory, ...]:
        """Return a period's next rows (of one rank), by distributor; after that of a distributor."""
        ...

    def record_volumes(self, rows: Sequence[Volumes], /) -> None:
        """Write a finalized period's volumes to the distributors, and add the personal ones to lifetime.

        One audit row for the whole. Whoever is not named keeps lifetime volume and gets zero for the rest.
        """
        ...


class Payouts(Protocol):
    """Payouts, and the debts that are netted against them.

    - **W1** One payout per distributor, period and currency.
    - **W2** Distributor and period are stored.
    - **W3** A payout's status moves as `machines.PAYOUT` says.
    - **W4** Who is paid, for which period, how much, the fee and the net never change (`RefusedError`).
    - **W5** `bank_details` is a secret (A11).
    - **W6** What is settled of a debt never shrinks (`RefusedError`); amount, currency and distributor never change.
    - **W7** `claims` names everybody with a balance in the period, with something held from the period before it, or
      with an open debt; each once per currency, by distributor, then currency. What was held for somebody who has a
      payout of that earlier period in that currency was requested, and is held no longer.
    - **W8** A held payout (`held_reason`) is neither `processing` nor `completed`, and while it is held its status
      changes to `cancelled` only: whoever releases it changes no status by the same update (`RefusedError`).
    - **W9** `queue` has the requested payouts that are not held: who asked first comes first, then by id; `page` goes
      by id.
    """

    def get(self, payout_id: UUID, /) -> Payout:
        """Return a payout."""
        ...

    def get_for_update(self, payout_id: UUID, /) -> Payout:
        """Return a payout, which nobody else changes until the unit ends."""
        ...

    def find(self, payout_id: UUID, /) -> Payout | None:
        """Return a payout, or None."""
        ...

    def find_by_period(self, distributor_id: UUID, period_id: str, currency: str, /) -> Payout | None:
        """Return the payout of somebody for a period in a currency, or None."""
        ...

    def add(self, payout: Payout, /) -> Payout:
        """Store a new payout."""
        ...

    def add_many(self, payouts: Sequence[Payout], /) -> None:
        """Store many payouts."""
        ...

    def update(self, payout: Payout, /) -> Payout:
        """Replace a stored payout."""
        ...

    def list_by_period(self, period_id: str, /) -> tuple[Payout, ...]:
        """Return a period's payouts, by distributor, then currency."""
        ...

    def list_by_distributor(self, distributor_id: UUID, /) -> tuple[Payout, ...]:
        """Return somebody's payouts, by id."""
        ...

    def list_by_status(self, status: PayoutStatus, /) -> tuple[Payout, ...]:
        """Return the payouts of a status, by id."""
        ...

    def page(
        self, after: UUID | None = None, limit: int = 1000, *, status: PayoutStatus | None = None
    ) -> tuple[Payout, ...]:
        """Return the next payouts (of a status), by id."""
        ...

    def queue(self, after: UUID | None = None, limit: int = 100) -> tuple[Payout, ...]:
        """Return the next payouts that wait for approval, after one that may have left the queue since."""
        ...

    def claims(self, period_id: str, /) -> tuple[Claim, ...]:
        """Return what everybody may claim for a finalized period, and what decides whether it is paid."""
        ...

    def get_debt(self, debt_id: UUID, /) -> Debt:
        """Return a debt."""
        ...

    def add_debt(self, debt: Debt, /) -> Debt:
        """Store a new debt."""
        ...

    def update_debt(self, debt: Debt, /) -> Debt:
        """Replace a stored debt."""
        ...

    def list_debts(self, distributor_id: UUID, /) -> tuple[Debt, ...]:
        """Return somebody's debts, the oldest first, then by id."""
        ...
