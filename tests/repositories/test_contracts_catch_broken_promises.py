"""A contract that nothing can fail promises nothing: each broken store here fails the contract that it should."""

import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from attrs import evolve, frozen

from mlmcore.domain.auto_ship import AutoShip
from mlmcore.domain.crm import Task
from mlmcore.domain.machines import Machine
from mlmcore.repositories import crm_rules, snapshot_events
from mlmcore.repositories.columnar import reading, writing
from mlmcore.repositories.columnar.store import add_columns
from mlmcore.repositories.memory import (
    _audit,
    _picking,
    _placing,
    _rows,
    _trees,
    audit,
    auto_ship,
    cases,
    categories,
    commissions,
    crm,
    erasures,
    ledger,
    network,
    payouts,
    people,
    sales,
    secrets,
    unit,
)
from mlmcore.repositories.memory._context import Context, Numbers
from mlmcore.repositories.memory._event_rows import MemoryEventRows
from mlmcore.repositories.memory._rows import Rows
from mlmcore.repositories.memory._state import State
from mlmcore.repositories.memory.columns import MemoryColumns
from mlmcore.repositories.memory.commissions import MemoryPeriods, MemoryRankHistories, MemoryRuns
from mlmcore.repositories.memory.crm import MemoryContacts, MemoryTasks
from mlmcore.repositories.memory.events import MemoryPersonEvents
from mlmcore.repositories.memory.ledger import MemoryLedger
from mlmcore.repositories.memory.network import MemoryTrees
from mlmcore.repositories.memory.payouts import MemoryPayouts
from mlmcore.repositories.memory.people import MemoryCustomers, MemoryUsers
from mlmcore.repositories.memory.sales import MemoryProducts
from mlmcore.repositories.memory.snapshots import MemorySnapshots
from mlmcore.repositories.memory.territories import MemoryTerritories
from mlmcore.repositories.memory.unit import MemoryUnitOfWork
from mlmcore.testing import contracts
from repositories.memory_store import new_store, resealing_store


@frozen(kw_only=True)
class Broken:
    """A store with one promise broken.

    Attributes:
        promise: Which one.
        contract: Who must notice.
        target: What is replaced.
        name: By which name.
        instead: What stands in its place.
    """

    promise: str
    contract: type
    target: Any
    name: str
    instead: Any


def nothing(*_: Any, **__: Any) -> None:
    """Do nothing, where something should be refused."""


def unguarded(repository: type[Any], _: type[Any]) -> type[Any]:
    """Let every argument through."""
    return repository


def none_is_personal(_: str) -> frozenset[str]:
    """Show everything in the audit log."""
    return frozenset()


def no_iterator(*_: Any, **__: Any) -> Iterator[str]:
    """Find nothing wrong."""
    return iter(())


@contextmanager
def no_savepoint(_: State) -> Iterator[None]:
    """Keep half of what failed."""
    yield


@contextmanager
def no_savepoint_of(*_: Any) -> Iterator[None]:
    """Say nothing of what goes wrong in the block."""
    yield


def unchanged(_: Any, entity: Any, **__: Any) -> Any:
    """Leave the entity as it is."""
    return entity


def every_update_is_one(*_: Any) -> bool:
    """Take an equal entity for another one."""
    return False


def keep_after_errors(self: MemoryUnitOfWork, *_: Any) -> None:
    """Keep everything, whatever happened."""
    state = self._entered().state
    self._entered().end()
    self._keep(state)


def same_legs(_: Any, person: Any) -> Any:
    """Give leg 1 to everybody."""
    return evolve(person, sponsor_leg=None if person.sponsor_id is None else 1)


def any_case(self: MemoryUsers, email: str) -> Any:
    """Find an address only as it was written."""
    return next((user for user in self._rows.values() if user.email == email), None)


def audit_without_actor(context: Context, *args: Any, **kwargs: Any) -> None:
    """Write audit rows on nobody's behalf."""
    nobody = evolve(context.actor, user_id=None)
    sound_write(evolve(context, actor=nobody, state=context.state), *args, **kwargs)


sound_write = _audit._write
sound_page = Rows.page
sound_by_name = MemoryPersonEvents.list_by_name
sound_happened = MemoryEventRows.happened
sound_ids_below = _trees.TreeKeeper.ids_below
sound_replace = MemoryLedger.replace
sound_rows_of = MemorySnapshots._rows_of
sound_stations = network._stations
sound_upward = MemoryTrees._upward


def page_with_its_start(self: Rows[Any], after: Any, limit: int, where: Any = None) -> Any:
    """Begin a page with the entity after which it should begin."""
    keys = sorted(key for key in self._all() if after is None or key >= after)
    return tuple(self.get(key) for key in keys[:limit])


def replace_twice(self: MemoryLedger, successor: Any) -> Any:
    """Leave the run before official in name."""
    run = sound_replace(self, successor)
    return evolve(run, line_count=0)


def all_orders(self: MemorySnapshots, order: Any, period: Any, first: Any, findings: Any) -> Any:
    """Count every order, whatever its state."""
    paid = evolve(order, status="confirmed", payment_status="paid")
    return sound_rows_of(self, paid, period, first, findings)


def joinings_alone(*args: Any) -> Iterator[Any]:
    """Forget the moves in a history."""
    yield next(sound_stations(*args))


def farthest_first(*args: Any) -> Iterator[Any]:
    """Begin an upline with the root."""
    return reversed([*sound_upward(*args)])


def all_due(self: MemoryTasks, now: Any, **whose: Any) -> Any:
    """Take what is due at this very instant for overdue."""
    return self.list_due(now, **whose)


BROKEN = [
    Broken(promise="A2", contract=contracts.UsersContract, target=Rows, name="_check_uniques", instead=nothing),
    Broken(
        promise="A3", contract=contracts.DistributorsContract, target=Rows, name="check_references", instead=nothing
    ),
    Broken(
        promise="A3", contract=contracts.RunsContract, target=commissions, name="refuse_unknown_plan", instead=nothing
    ),
    Broken(promise="A4", contract=contracts.ProductsContract, target=Rows, name="_stamped", instead=unchanged),
    Broken(promise="A5", contract=contracts.UsersContract, target=Rows, name="_same", instead=every_update_is_one),
    Broken(promise="A6", contract=contracts.ProductsContract, target=Machine, name="check", instead=nothing),
    Broken(promise="A6", contract=contracts.PayoutsContract, target=Machine, name="check", instead=nothing),
    Broken(promise="A7", contract=contracts.OrdersContract, target=Rows, name="page", instead=page_with_its_start),
    Broken(promise="A7", contract=contracts.UsersContract, target=_rows, name="checked_limit", instead=nothing),
    Broken(promise="A8", contract=contracts.AuditLogsContract, target=_rows, name="audit_bulk", instead=nothing),
    Broken(promise="A9", contract=contracts.AuditLogsContract, target=_rows, name="audit_insert", instead=nothing),
    Broken(promise="A9", contract=contracts.ProductsContract, target=_rows, name="audit_update", instead=nothing),
    Broken(promise="A9", contract=contracts.UsersContract, target=_audit, name="SECRET", instead={}),
    Broken(promise="A11", contract=contracts.UsersContract, target=Rows, name="_envelopes", instead=lambda *_: {}),
    Broken(promise="A13", contract=contracts.UnitOfWorkContract, target=unit, name="guarded", instead=unguarded),
    Broken(promise="A12", contract=contracts.UsersContract, target=State, name="savepoint", instead=no_savepoint),
    Broken(promise="U2", contract=contracts.UsersContract, target=MemoryUsers, name="find_by_email", instead=any_case),
    Broken(
        promise="D3",
        contract=contracts.DistributorsContract,
        target=_trees.TreeKeeper,
        name="check_loops",
        instead=nothing,
    ),
    Broken(
        promise="D5",
        contract=contracts.DistributorsContract,
        target=_trees.TreeKeeper,
        name="with_sponsor_leg",
        instead=same_legs,
    ),
    Broken(
        promise="D6",
        contract=contracts.DistributorsContract,
        target=_trees.TreeKeeper,
        name="record_moves",
        instead=nothing,
    ),
    Broken(
        promise="D6",
        contract=contracts.DistributorsContract,
        target=_trees.TreeKeeper,
        name="_next_instant",
        instead=lambda self, _: self._context.now,
    ),
    Broken(
        promise="D10",
        contract=contracts.DistributorsContract,
        target=people,
        name="picks_distributor",
        instead=lambda where, below, person: _picking.picks_distributor(evolve(where, joined_from=None), below, person),
    ),
    Broken(
        promise="D10",
        contract=contracts.DistributorsContract,
        target=_trees.TreeKeeper,
        name="ids_below",
        instead=lambda self, below: sound_ids_below(self, evolve(below, levels=None)),
    ),
    Broken(
        promise="D12",
        contract=contracts.DistributorsContract,
        target=people.MemoryDistributors,
        name="lock_uplines",
        instead=lambda self, *ids: {key: self.find(key) for key in ids},
    ),
    Broken(promise="D13", contract=contracts.DistributorsContract, target=Numbers, name="draw", instead=lambda _: 7),
    Broken(promise="D13", contract=contracts.DistributorsContract, target=Numbers, name="begin", instead=nothing),
    Broken(
        promise="D14",
        contract=contracts.DistributorsContract,
        target=_placing,
        name="_highest_place",
        instead=_placing._outermost_place,
    ),
    Broken(
        promise="D14",
        contract=contracts.DistributorsContract,
        target=_placing,
        name="_lightest_place",
        instead=lambda wanted, hanging, _: _placing._outermost_place(wanted, hanging),
    ),
    Broken(promise="I1", contract=contracts.ErasuresContract, target=erasures, name="blanks", instead=lambda *_: {}),
    Broken(promise="I3", contract=contracts.ErasuresContract, target=erasures, name="write_audit", instead=nothing),
    Broken(promise="I4", contract=contracts.ErasuresContract, target=erasures, name="checked_erasure", instead=nothing),
    Broken(
        promise="U7",
        contract=contracts.UsersContract,
        target=people,
        name="picks_user",
        instead=lambda where, user: _picking.picks_user(evolve(where, locked_at=None), user),
    ),
    Broken(
        promise="F3",
        contract=contracts.TerritoriesContract,
        target=MemoryTerritories,
        name="_refuse_loop",
        instead=nothing,
    ),
    Broken(
        promise="F4",
        contract=contracts.TerritoriesContract,
        target=MemoryTerritories,
        name="list_within",
        instead=lambda self, key: (self.get(key), *self.list_by_parent(key)),
    ),
    Broken(promise="T2", contract=contracts.TreesContract, target=MemoryTrees, name="_moves", instead=lambda *_: {}),
    Broken(
        promise="T3", contract=contracts.TreesContract, target=MemoryTrees, name="_refuse_late_parents", instead=nothing
    ),
    Broken(promise="T5", contract=contracts.TreesContract, target=MemoryTrees, name="_upward", instead=farthest_first),
    Broken(promise="T6", contract=contracts.TreesContract, target=network, name="_stations", instead=joinings_alone),
    Broken(promise="T8", contract=contracts.TreesContract, target=network, name="refuse_paths_of", instead=nothing),
    Broken(promise="T8", contract=contracts.TreesContract, target=network, name="audit_update", instead=nothing),
    Broken(
        promise="T9",
        contract=contracts.TreesContract,
        target=MemoryTrees,
        name="rebuild_paths",
        instead=lambda self, tree: len(self.read(tree)),
    ),
    Broken(
        promise="T12",
        contract=contracts.TreesContract,
        target=unit,
        name="guarded",
        instead=unguarded,
    ),
    Broken(promise="D8", contract=contracts.DistributorsContract, target=_audit, name="DERIVED", instead={}),
    Broken(
        promise="J3",
        contract=contracts.CategoriesContract,
        target=categories,
        name="refuse_category_loop",
        instead=nothing,
    ),
    Broken(
        promise="G4",
        contract=contracts.ProductsContract,
        target=MemoryProducts,
        name="_with_more",
        instead=lambda self, product, quantity: evolve(product, stock_quantity=product.stock_quantity + quantity),
    ),
    Broken(promise="G5", contract=contracts.ProductsContract, target=sales, name="refuse_short", instead=nothing),
    Broken(promise="C3", contract=contracts.ContactsContract, target=Rows, name="_check_uniques", instead=nothing),
    Broken(promise="C4", contract=contracts.ContactsContract, target=crm_rules, name="_WRITTEN_ONCE", instead=()),
    Broken(promise="C5", contract=contracts.ContactsContract, target=MemoryContacts, name="lock", instead=nothing),
    Broken(
        promise="C7",
        contract=contracts.ContactsContract,
        target=_trees.TreeKeeper,
        name="ids_below",
        instead=lambda _, below: {below.user_id},
    ),
    Broken(
        promise="C7", contract=contracts.ContactsContract, target=crm, name="picks_contact", instead=lambda *_: True
    ),
    Broken(promise="C8", contract=contracts.ContactsContract, target=unit, name="guarded", instead=unguarded),
    Broken(
        promise="A9",
        contract=contracts.ContactsContract,
        target=_audit,
        name="audited_personal",
        instead=none_is_personal,
    ),
    Broken(
        promise="A9", contract=contracts.TasksContract, target=_audit, name="audited_personal", instead=none_is_personal
    ),
    Broken(
        promise="B3",
        contract=contracts.TasksContract,
        target=crm,
        name="_by_due_date",
        instead=lambda task: (task.due_at is not None, task.due_at, task.id),
    ),
    Broken(promise="B4", contract=contracts.TasksContract, target=Task, name="is_open", instead=True),
    Broken(promise="B4", contract=contracts.TasksContract, target=MemoryTasks, name="list_overdue", instead=all_due),
    Broken(
        promise="B6", contract=contracts.ConcurrentCrmContract, target=Rows, name="try_lock", instead=lambda *_: True
    ),
    Broken(
        promise="B6",
        contract=contracts.ConcurrentCrmContract,
        target=MemoryUnitOfWork,
        name="_hold",
        instead=MemoryUnitOfWork._held,
    ),
    Broken(
        promise="V4",
        contract=contracts.AutoShipsContract,
        target=auto_ship,
        name="refuse_auto_ship_changes",
        instead=nothing,
    ),
    Broken(promise="V6", contract=contracts.AutoShipsContract, target=Rows, name="_check_uniques", instead=nothing),
    Broken(promise="V7", contract=contracts.AutoShipsContract, target=AutoShip, name="is_due", instead=lambda *_: True),
    Broken(promise="O3", contract=contracts.OrdersContract, target=sales, name="refuse_empty", instead=nothing),
    Broken(promise="O5, O7", contract=contracts.OrdersContract, target=sales, name="refuse_changes", instead=nothing),
    Broken(
        promise="O11", contract=contracts.OrdersContract, target=sales, name="refuse_other_currencies", instead=nothing
    ),
    Broken(
        promise="page",
        contract=contracts.OrdersContract,
        target=sales,
        name="picks_order",
        instead=lambda *_: True,
    ),
    Broken(
        promise="K5",
        contract=contracts.CustomersContract,
        target=MemoryCustomers,
        name="record_refund",
        instead=lambda self, key, _: self.get(key),
    ),
    Broken(promise="O9", contract=contracts.OrdersContract, target=sales, name="refuse_excess", instead=nothing),
    Broken(
        promise="P2", contract=contracts.PeriodsContract, target=commissions, name="refuse_shared_days", instead=nothing
    ),
    Broken(promise="P6", contract=contracts.PeriodsContract, target=MemoryPeriods, name="previous", instead=nothing),
    Broken(
        promise="L2",
        contract=contracts.LedgerContract,
        target=ledger,
        name="refuse_all_but_adjustments",
        instead=nothing,
    ),
    Broken(
        promise="L3", contract=contracts.LedgerContract, target=ledger, name="refuse_wrong_correction", instead=nothing
    ),
    Broken(
        promise="L4", contract=contracts.LedgerContract, target=MemoryLedger, name="_replace_carry", instead=nothing
    ),
    Broken(promise="L5", contract=contracts.LedgerContract, target=MemoryLedger, name="replace", instead=replace_twice),
    Broken(promise="L6", contract=contracts.LedgerContract, target=ledger, name="check_successor", instead=nothing),
    Broken(promise="L9", contract=contracts.LedgerContract, target=ledger, name="_sums", instead=dict),
    Broken(
        promise="X3",
        contract=contracts.LedgerContract,
        target=MemoryRuns,
        name="update",
        instead=lambda self, run: self._rows.update(run),
    ),
    Broken(promise="H1", contract=contracts.RankHistoriesContract, target=Rows, name="_check_uniques", instead=nothing),
    Broken(
        promise="volumes",
        contract=contracts.RankHistoriesContract,
        target=MemoryRankHistories,
        name="record_volumes",
        instead=nothing,
    ),
    Broken(promise="Y1", contract=contracts.CarryContract, target=Rows, name="_check_uniques", instead=nothing),
    Broken(
        promise="W4", contract=contracts.PayoutsContract, target=payouts, name="refuse_payout_changes", instead=nothing
    ),
    Broken(
        promise="W6", contract=contracts.PayoutsContract, target=payouts, name="refuse_debt_changes", instead=nothing
    ),
    Broken(
        promise="W7",
        contract=contracts.PayoutsContract,
        target=MemoryPayouts,
        name="_held_before",
        instead=lambda *_: {},
    ),
    Broken(
        promise="W7",
        contract=contracts.PayoutsContract,
        target=MemoryPayouts,
        name="find_by_period",
        instead=nothing,
    ),
    Broken(
        promise="W9",
        contract=contracts.PayoutsContract,
        target=payouts,
        name="_place",
        instead=lambda payout: payout.id,
    ),
    Broken(promise="P6", contract=contracts.PeriodsContract, target=MemoryPeriods, name="following", instead=nothing),
    Broken(
        promise="S3", contract=contracts.SnapshotsContract, target=MemorySnapshots, name="_rows_of", instead=all_orders
    ),
    Broken(promise="J2", contract=contracts.ComplianceCasesContract, target=Machine, name="check", instead=nothing),
    Broken(
        promise="J3, J4",
        contract=contracts.ComplianceCasesContract,
        target=cases,
        name="refuse_case_changes",
        instead=nothing,
    ),
    Broken(promise="J5", contract=contracts.ComplianceCasesContract, target=cases, name="UNSETTLED", instead=("open",)),
    Broken(
        promise="B1", contract=contracts.SecretsContract, target=secrets, name="current_key", instead=lambda _: "k1"
    ),
    Broken(promise="B2", contract=contracts.SecretsContract, target=secrets, name="open_json", instead=nothing),
    Broken(promise="B3", contract=contracts.SecretsContract, target=secrets, name="audit_bulk", instead=nothing),
    Broken(promise="B4", contract=contracts.SecretsContract, target=secrets, name="naming", instead=no_savepoint_of),
    Broken(
        promise="E4",
        contract=contracts.AuditLogsContract,
        target=audit,
        name="_place",
        instead=lambda row: row.created_at,
    ),
    Broken(
        promise="page",
        contract=contracts.LedgerContract,
        target=ledger,
        name="holds",
        instead=lambda *_: True,
    ),
    Broken(
        promise="V3",
        contract=contracts.PersonEventsContract,
        target=MemoryPersonEvents,
        name="list_by_name",
        instead=lambda self, name, start, end: sound_by_name(self, name, start, end + timedelta(microseconds=1)),
    ),
    Broken(
        promise="S9",
        contract=contracts.SnapshotsContract,
        target=MemoryEventRows,
        name="happened",
        instead=lambda self, name, declared, period, first: sound_happened(
            self, name, declared, period, first + timedelta(microseconds=1)
        ),
    ),
    Broken(
        promise="S9",
        contract=contracts.SnapshotsContract,
        target=snapshot_events,
        name="nearest",
        instead=lambda *_: "",
    ),
    Broken(
        promise="E3", contract=contracts.AuditLogsContract, target=_audit, name="_write", instead=audit_without_actor
    ),
    Broken(
        promise="Z1",
        contract=contracts.UnitOfWorkContract,
        target=MemoryUnitOfWork,
        name="__exit__",
        instead=keep_after_errors,
    ),
    Broken(promise="Z7", contract=contracts.UnitOfWorkContract, target=State, name="savepoint", instead=no_savepoint),
    Broken(promise="Z3", contract=contracts.UnitOfWorkContract, target=Context, name="end", instead=nothing),
    Broken(
        promise="Z6",
        contract=contracts.ConcurrentUnitsContract,
        target=MemoryUnitOfWork,
        name="_keep",
        instead=lambda self, state: setattr(self._store, "state", state),
    ),
    Broken(
        promise="Q1",
        contract=contracts.ColumnsContract,
        target=MemoryColumns,
        name="_rows",
        instead=lambda *_: (),
    ),
    Broken(
        promise="Q2",
        contract=contracts.ColumnsContract,
        target=writing,
        name="_WHOLE",
        instead={**writing._WHOLE, "decimal": lambda column, value: int(value.amount if column.money else value)},
    ),
    Broken(
        promise="Q5",
        contract=contracts.ColumnsContract,
        target=MemoryColumns,
        name="add",
        instead=lambda self, given: add_columns(given, self._repositories),
    ),
    Broken(
        promise="Q7",
        contract=contracts.ColumnsContract,
        target=reading,
        name="_wrong_type",
        instead=lambda *_: "",
    ),
    Broken(promise="Q8", contract=contracts.ColumnsContract, target=reading, name="FINDINGS_MAX", instead=1),
]


class TestEveryContract:
    """Contracts, examined."""

    @pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: f"{broken.promise}-{broken.name}")
    def test_a_broken_promise_fails_it(self, broken: Broken) -> None:
        """With the promise broken at least one of the contract's tests fails; without, all pass."""
        assert failures(broken.contract) == []

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(broken.target, broken.name, broken.instead)
            assert failures(broken.contract)

    @pytest.mark.parametrize("name", contracts.__all__)
    def test_each_test_quotes_what_it_tests(self, name: str) -> None:
        """By the number of a promise, or the verb."""
        tests = exam_of(getattr(contracts, name))

        assert tests
        assert [test.__name__ for test in tests if not test.__doc__] == []


def failures(contract: type) -> list[str]:
    """Run a contract on fresh stores and return the names of the tests that fail."""
    return [test.__name__ for test in exam_of(contract) if not passes(contract, test)]


def exam_of(contract: type) -> list[Callable[..., None]]:
    """Return a contract's tests."""
    return [test for name, test in inspect.getmembers(contract, inspect.isfunction) if name.startswith("test_")]


def passes(contract: type, test: Callable[..., None]) -> bool:
    """Run one test on fresh stores."""
    stores: dict[str, Any] = {
        "unit_of_work": new_store(),
        "unit_of_work_without_cipher": new_store(sealed=False),
        "units_sealed_by": resealing_store(),
    }
    wanted = [name for name in inspect.signature(test).parameters if name != "self"]
    try:
        test(contract(), **{name: stores[name] for name in wanted})
    except Exception:
        return False
    return True
