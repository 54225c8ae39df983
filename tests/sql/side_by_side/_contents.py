"""Everything that a store holds, read through its repositories: what two stores are compared by in the end."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

import pyarrow as pa  # type: ignore[import-untyped]  # it has no types
from attrs import evolve

from mlmcore.domain.commissions import CommissionPeriod
from mlmcore.domain.compliance import AuditLog
from mlmcore.domain.enums import GenealogyTree, PeriodStatus
from mlmcore.domain.network import GenealogyMove
from mlmcore.domain.people import Distributor, User
from mlmcore.repositories.columnar.reading import read_entities
from mlmcore.repositories.columnar.shapes import ADDABLE
from mlmcore.repositories.protocols import UnitOfWork
from mlmcore.testing.contracts._family import rows_of
from sql.side_by_side._pair import meant

__all__ = ["CONTENTS", "audit_rows", "in_any_order", "undated"]

_PAGE: Final = 1000
_NO_ID: Final = UUID(int=0)


def _whole(name: str) -> Callable[[UnitOfWork], Any]:
    return lambda unit: getattr(unit, name).page(limit=_PAGE)


def _profiles(unit: UnitOfWork) -> list[Any]:
    return [unit.users.find_profile(user.id) for user in _users(unit)]


def _moves(unit: UnitOfWork) -> list[Any]:
    return [undated(unit.distributors.list_moves(person.user_id)) for person in _people(unit)]


def undated(moves: Sequence[GenealogyMove]) -> list[GenealogyMove]:
    """Moves without what is each store's own: the id, and the instant, which is the unit's or later (D6)."""
    return [evolve(move, id=_NO_ID, moved_at=None) for move in sorted(moves, key=lambda move: move.tree)]


def _trees(unit: UnitOfWork) -> list[Any]:
    return [rows_of(unit.trees.read(tree)) for tree in GenealogyTree]


def _paths(unit: UnitOfWork) -> None:
    for tree in GenealogyTree:
        unit.trees.check_paths(tree)


def _refunds(unit: UnitOfWork) -> list[Any]:
    return [unit.orders.list_refunds(order.id) for order in unit.orders.page(limit=_PAGE)]


def _auto_ship_orders(unit: UnitOfWork) -> list[Any]:
    return [unit.auto_ships.list_orders(auto_ship.id) for auto_ship in unit.auto_ships.page(limit=_PAGE)]


def _months(unit: UnitOfWork) -> list[Any]:
    return [(period, unit.periods.list_inputs(period.id)) for period in _periods(unit)]


def _runs(unit: UnitOfWork) -> list[Any]:
    return [
        (run, unit.carry.list_by_run(run.id))
        for period in _periods(unit)
        for run in unit.runs.list_by_period(period.id)
    ]


def _plans(unit: UnitOfWork) -> list[Any]:
    runs = [run for period in _periods(unit) for run in unit.runs.list_by_period(period.id)]
    return [unit.plans.list_by_plan(name) for name in sorted({run.plan_id for run in runs})]


def _ledger(unit: UnitOfWork) -> list[Any]:
    ledger = unit.ledger
    return [
        (
            ledger.list_by_period(period.id),
            ledger.list_unpaid(period.id),
            ledger.list_account_lines(period.id),
            ledger.balances(period.id),
            ledger.totals(period.id),
        )
        for period in _periods(unit)
    ]


def _rank_history(unit: UnitOfWork) -> list[Any]:
    return [unit.rank_history.list_by_period(period.id) for period in _periods(unit)]


def _debts(unit: UnitOfWork) -> list[Any]:
    return [unit.payouts.list_debts(person.user_id) for person in _people(unit)]


def _columns(unit: UnitOfWork) -> Mapping[str, Any]:
    """Orders pass with their items."""
    return read_entities({table: unit.columns.read(table) for table in ADDABLE})


def _columns_of_months(unit: UnitOfWork) -> list[Any]:
    return [
        pa.RecordBatchReader.from_stream(unit.columns.read(table, period_id=period.id)).read_all().to_pylist()
        for period in _periods(unit)
        for table in ("commission_ledger", "commission_unpaid")
    ]


def _sealed(unit: UnitOfWork) -> Mapping[str, int]:
    return {" ".join(place): rows for place, rows in unit.secrets.count_by_key().items()}


def audit_rows(unit: UnitOfWork) -> list[AuditLog]:
    """The whole log by pages."""
    return in_any_order([*_pages_of_audit(unit)])


def in_any_order(rows: Sequence[AuditLog]) -> list[AuditLog]:
    """Audit rows without what is each store's own: their ids, and the order of the rows of one unit (E1)."""
    return sorted((evolve(row, id=_NO_ID) for row in rows), key=_place)


def _audited(unit: UnitOfWork) -> list[Any]:
    """What was audited when, without what changed: where rows are missing this says which."""
    return [(row.created_at, row.entity_type, row.action, row.entity_id) for row in audit_rows(unit)]


def _place(row: AuditLog) -> tuple[Any, ...]:
    said = [
        sorted((name, str(meant(value))) for name, value in (data or {}).items() if name != "sha256")
        for data in (row.before_data, row.after_data)
    ]
    return row.created_at, row.entity_type, row.action, str(row.entity_id), said


def _pages_of_audit(unit: UnitOfWork) -> Iterator[AuditLog]:
    page: Sequence[AuditLog] = unit.audit.page(limit=_PAGE)
    while page:
        yield from page
        page = unit.audit.page(page[-1], limit=_PAGE)


def _users(unit: UnitOfWork) -> tuple[User, ...]:
    return unit.users.page(limit=_PAGE)


def _people(unit: UnitOfWork) -> tuple[Distributor, ...]:
    return unit.distributors.page(limit=_PAGE)


def _periods(unit: UnitOfWork) -> list[CommissionPeriod]:
    return [period for status in PeriodStatus for period in unit.periods.list_by_status(status)]


_PAGED: Final = (
    "users",
    "territories",
    "distributors",
    "contacts",
    "tasks",
    "customers",
    "categories",
    "products",
    "orders",
    "auto_ships",
    "payouts",
    "events",
    "cases",
)

CONTENTS: Final[Mapping[str, Callable[[UnitOfWork], Any]]] = {
    **{name: _whole(name) for name in _PAGED},
    "user_profiles": _profiles,
    "genealogy_moves": _moves,
    "trees": _trees,
    "paths": _paths,
    "order_refunds": _refunds,
    "auto_ship_orders": _auto_ship_orders,
    "ranks": lambda unit: unit.ranks.list_all(),
    "periods": _months,
    "runs": _runs,
    "plans": _plans,
    "ledger": _ledger,
    "rank_history": _rank_history,
    "debts": _debts,
    "columns": _columns,
    "columns of months": _columns_of_months,
    "secrets": _sealed,
    "audited": _audited,
    "audit_logs": audit_rows,
}
"""By what is read, how: steps that both stores must answer alike."""
