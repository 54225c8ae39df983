"""What a unit of work and the audit log promise."""
# ruff: noqa: S101 - a contract is a test that ships with the library

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import Any, cast

from attrs import evolve

from mlmcore.domain.enums import GenealogyTree
from mlmcore.domain.errors import ConflictError, InputError, NotFoundError, RefusedError, TransientError
from mlmcore.domain.ids import new_id
from mlmcore.repositories.protocols import Actor, UnitOfWorkFactory
from mlmcore.repositories.record_filters import AuditFilter
from mlmcore.testing.contracts._support import a_period, a_user, make_distributor, raises

__all__ = ["AuditLogsContract", "ConcurrentUnitsContract", "UnitOfWorkContract"]

_TICK = timedelta(microseconds=1)


class UnitOfWorkContract:
    """Subclass it with the fixture `unit_of_work`."""

    def test_leaving_normally_keeps_everything(self, unit_of_work: UnitOfWorkFactory) -> None:
        """Z1."""
        user = a_user()

        with unit_of_work() as unit:
            stored = unit.users.add(user)
        with unit_of_work() as unit:
            assert unit.users.get(user.id) == stored

    def test_an_exception_undoes_everything_and_passes(self, unit_of_work: UnitOfWorkFactory) -> None:
        """Z1."""
        first, second = a_user(), a_user()
        with unit_of_work() as unit:
            unit.users.add(first)

        with raises(ZeroDivisionError), unit_of_work() as unit:
            unit.users.add(second)
            unit.users.update(evolve(first, phone="+1"))
            raise ZeroDivisionError

        with unit_of_work() as unit:
            assert unit.users.find(second.id) is None
            assert unit.users.get(first.id).phone is None

    def test_an_error_that_was_caught_leaves_the_unit_usable(self, unit_of_work: UnitOfWorkFactory) -> None:
        """A12, Z1."""
        user = a_user()

        with unit_of_work() as unit:
            unit.users.add(user)
            with raises(ConflictError):
                unit.users.add(a_user(email=user.email))
            other = unit.users.add(a_user())
        with unit_of_work() as unit:
            assert unit.users.get(other.id) == other

    def test_a_unit_reads_what_it_has_written(self, unit_of_work: UnitOfWorkFactory) -> None:
        """Z2."""
        with unit_of_work() as unit:
            stored = unit.users.add(a_user())
            assert unit.users.get(stored.id) == stored

    def test_no_change_is_lost(self, unit_of_work: UnitOfWorkFactory) -> None:
        """A14: whoever read before somebody else's change replaces nothing; reading again helps."""
        with unit_of_work() as unit:
            read = unit.users.add(a_user())
        with unit_of_work() as unit:
            changed = unit.users.update(evolve(read, phone="+1 555 1"))
        with raises(TransientError) as refused, unit_of_work() as unit:
            unit.users.update(evolve(read, email_verified=True))
        assert f"user {read.id} was changed by somebody else" in refused.text
        with unit_of_work() as unit:
            assert unit.users.get(read.id) == changed
            unit.users.update(evolve(changed, email_verified=True))
            assert unit.users.get(read.id).phone == "+1 555 1"

    def test_a_change_that_is_stored_already_is_no_loss(self, unit_of_work: UnitOfWorkFactory) -> None:
        """A14, A5: a row that was read before the same change."""
        with unit_of_work() as unit:
            read = unit.users.add(a_user())
        with unit_of_work() as unit:
            changed = unit.users.update(evolve(read, phone="+1 555 1"))
        with unit_of_work() as unit:
            assert unit.users.update(evolve(read, phone="+1 555 1")) == changed

    def test_a_unit_may_replace_what_it_has_changed_itself(self, unit_of_work: UnitOfWorkFactory) -> None:
        """A14: within one unit nobody else can have come between; nor does an entity that was never read know more."""
        with unit_of_work() as unit:
            read = unit.users.add(a_user())
        with unit_of_work() as unit:
            unit.users.update(evolve(read, phone="+1 555 1"))
            unit.users.update(evolve(read, phone="+1 555 2"))
        with unit_of_work() as unit:
            unit.users.update(evolve(read, phone="+1 555 3", updated_at=None))
            assert unit.users.get(read.id).phone == "+1 555 3"

    def test_arguments_are_what_the_protocol_says(self, unit_of_work: UnitOfWorkFactory) -> None:
        """A15: each refusal names the argument, and a label may be given as its text."""
        with unit_of_work() as unit:
            user = unit.users.add(a_user())
            broken: list[tuple[Callable[[Any], object], str]] = [
                (lambda users: users.get("ann"), "user_id: 'ann' is no id: it is of type str, and ids are UUIDs"),
                (lambda users: users.find_by_email("a\0@x.com"), r"email is 'a\x00@x.com'; take out the NUL"),
                (
                    lambda users: users.find_by_email("\ud800"),
                    r"email is '\ud800'; take out the NUL or the lone surrogate",
                ),
                (lambda users: users.list_by_status("actve"), "status is 'actve'; did you mean 'active'?"),
                (lambda users: users.add("ann"), "user is 'ann'; give a User"),
                (lambda users: users.add_many([user, None]), "users[1] is None; give a User"),
                (lambda users: users.add_many(user), "users is a User; give a list or a tuple"),
            ]
            for ask, said in broken:
                with raises(InputError) as refused:
                    ask(unit.users)
                assert said in refused.text
            asked: Any = unit.users
            assert user in asked.list_by_status("active")

    def test_each_of_several_arguments_is_checked(self, unit_of_work: UnitOfWorkFactory) -> None:
        """A15: whether they are given in a row, as a set or under keys; nothing is changed."""
        with unit_of_work() as unit:
            user, ask = unit.users.add(a_user()), cast("Any", unit)
            broken: list[tuple[Callable[[], object], str]] = [
                (
                    lambda: ask.distributors.lock(user.id, trees=["spnsor"]),
                    "trees is 'spnsor'; did you mean 'sponsor'?",
                ),
                (
                    lambda: ask.distributors.lock(user.id, trees="sponsor"),
                    "trees is 'sponsor'; give a list, a tuple or",
                ),
                (lambda: ask.distributors.lock_uplines(None, user.id, "bob"), "others: 'bob' is no id"),
                (lambda: ask.products.lock_stock({"tea"}), "product_ids: 'tea' is no id"),
                (
                    lambda: ask.erasures.erase("users", user.id, {"users": {user.id, "ann"}}, reason="asked"),
                    "rows['users']: 'ann' is no id",
                ),
                (lambda: ask.erasures.erase("users", user.id, [user.id], reason="asked"), "give a mapping"),
            ]
            for call, said in broken:
                with raises(InputError) as refused:
                    call()
                assert said in refused.text
            assert unit.users.get(user.id) == user

    def test_a_unit_is_used_in_its_block(self, unit_of_work: UnitOfWorkFactory) -> None:
        """Z3."""
        unit = unit_of_work()
        with unit:
            users = unit.users
            user = users.add(a_user())

        with raises(RefusedError):
            users.get(user.id)
        with raises(RefusedError):
            unit.users.get(user.id)
        with raises(RefusedError), unit:
            pass

    def test_the_instant_stands_still(self, unit_of_work: UnitOfWorkFactory) -> None:
        """Z4."""
        with unit_of_work() as unit:
            now = unit.now
            assert now.tzinfo is not None
            assert unit.users.add(a_user()).created_at == now
            assert unit.now == now

    def test_a_period_is_locked_by_whoever_asks_again(self, unit_of_work: UnitOfWorkFactory) -> None:
        """Z5."""
        with unit_of_work() as unit:
            unit.periods.add(a_period())
        for _ in range(2):
            with unit_of_work() as unit:
                unit.lock_period("2026-03")
                unit.lock_period("2026-03")

    def test_a_period_that_is_not_stored_cannot_be_locked(self, unit_of_work: UnitOfWorkFactory) -> None:
        """Z5."""
        with unit_of_work() as unit, raises(NotFoundError):
            unit.lock_period("2026-03")

    def test_a_savepoint_is_kept_or_undone_as_a_whole(self, unit_of_work: UnitOfWorkFactory) -> None:
        """Z7: also one in another; what was written before and after stays."""
        users = [a_user() for _ in range(5)]

        with unit_of_work() as unit:
            unit.users.add(users[0])
            with raises(ZeroDivisionError), unit.savepoint():
                unit.users.add(users[1])
                with unit.savepoint():
                    unit.users.add(users[2])
                raise ZeroDivisionError
            with unit.savepoint():
                unit.users.add(users[3])
                with raises(ZeroDivisionError), unit.savepoint():
                    unit.users.add(users[4])
                    raise ZeroDivisionError
        with unit_of_work() as unit:
            assert [unit.users.find(user.id) is not None for user in users] == [True, False, False, True, False]

    def test_a_unit_knows_on_whose_behalf_it_acts(self, unit_of_work: UnitOfWorkFactory) -> None:
        """`actor`."""
        actor = Actor(request_id="r-1")

        with unit_of_work(actor) as unit:
            assert unit.actor == actor

    def test_an_id_is_a_uuid(self, unit_of_work: UnitOfWorkFactory) -> None:
        """A13: a text that looks like one is refused, not unknown; nothing is named by nothing."""
        names = ("users", "distributors", "customers", "products", "orders", "runs", "payouts")
        with unit_of_work() as unit:
            unit.periods.add(a_period())
            known = unit.users.add(a_user()).id
            verbs = [getattr(getattr(unit, name), verb) for name in names for verb in ("get", "find")]
            verbs += [unit.users.get_profile, unit.users.find_profile, partial(unit.ledger.find, "2026-03")]
            for verb in verbs:
                for wrong in (str(known), "", None, 7):
                    with raises(InputError) as caught:
                        verb(wrong)
                    assert f"{wrong!r} is no id: it is of type {type(wrong).__name__}" in caught.text

    def test_nothing_can_be_deleted(self, unit_of_work: UnitOfWorkFactory) -> None:
        """A10."""
        names = (
            *("users", "distributors", "trees", "customers", "products", "orders", "ranks", "periods", "plans"),
            *("runs", "ledger", "carry", "rank_history", "payouts", "audit", "snapshots"),
        )
        with unit_of_work() as unit:
            verbs = [verb for name in names for verb in dir(getattr(unit, name)) if not verb.startswith("_")]
        assert len(verbs) > len(names)
        assert not [verb for verb in verbs if "delete" in verb or "remove" in verb]


class AuditLogsContract:
    """Subclass it with the fixture `unit_of_work`."""

    def test_an_insert_holds_everything_that_is_set(self, unit_of_work: UnitOfWorkFactory) -> None:
        """A9."""
        with unit_of_work() as unit:
            user = unit.users.add(a_user())
            (row,) = unit.audit.list_by_entity("users", user.id)
            assert (row.action, row.before_data) == ("insert", None)
            after = row.after_data or {}
            assert (after["id"], after["status"], after["role"]) == (str(user.id), "active", "distributor")
            assert "phone" not in after
            assert row.created_at == unit.now

    def test_pages_go_by_instant_then_id(self, unit_of_work: UnitOfWorkFactory) -> None:
        """E4, A7: through several units, and rows of one instant."""
        request = f"r-{new_id()}"
        for _ in range(2):
            with unit_of_work(Actor(request_id=request)) as unit:
                for _ in range(2):
                    unit.users.add(a_user())
        with unit_of_work() as unit:
            where = AuditFilter(request_id=request)
            everything = unit.audit.page(where=where)
            assert len(everything) == 4
            assert list(everything) == sorted(everything, key=lambda row: (row.created_at, row.id))
            assert unit.audit.page(everything[0], 2, where=where) == everything[1:3]
            assert unit.audit.page(everything[3], where=where) == ()
            for limit in (0, 10_001):
                with raises(RefusedError):
                    unit.audit.page(None, limit)

    def test_rows_are_found_by_what_is_known(self, unit_of_work: UnitOfWorkFactory) -> None:
        """`page`, `list_by_request`: request, action, table, actor, and a span of time without its last instant."""
        with unit_of_work() as unit:
            boss = unit.users.add(a_user())
        request = f"r-{new_id()}"
        with unit_of_work(Actor(user_id=boss.id, request_id=request)) as unit:
            user = unit.users.add(a_user())
            unit.users.update(evolve(user, login_attempts=1))
            distributor = make_distributor(unit)
            instant = unit.now
        with unit_of_work() as unit:
            written = unit.audit.list_by_request(request)
            assert [row.action for row in written] == ["insert", "update", "insert", "insert"]
            assert unit.audit.list_by_request("none") == ()

            def found(**asked: Any) -> set[Any]:
                return {row.entity_id for row in unit.audit.page(where=AuditFilter(actor_id=boss.id, **asked))}

            assert found() == {user.id, distributor.user_id}
            assert found(action="update") == {user.id}
            assert found(entity_type="distributors") == {distributor.user_id}
            assert found(created_from=instant) == found(created_before=instant + _TICK) == found()
            assert found(created_before=instant) == found(created_from=instant + _TICK) == set()

    def test_an_update_holds_what_changed(self, unit_of_work: UnitOfWorkFactory) -> None:
        """A9."""
        with unit_of_work() as unit:
            user = unit.users.add(a_user())
            unit.users.update(evolve(user, login_attempts=3))
            (row,) = [row for row in unit.audit.list_by_entity("users", user.id) if row.action == "update"]
            assert row.before_data == {"login_attempts": 0}
            assert row.after_data == {"login_attempts": 3}

    def test_many_leave_one_row(self, unit_of_work: UnitOfWorkFactory) -> None:
        """A8."""
        actor = Actor(request_id=f"r-{new_id()}")

        with unit_of_work(actor) as unit:
            users = [a_user() for _ in range(3)]
            unit.users.add_many(users)
            assert [unit.audit.list_by_entity("users", user.id) for user in users] == [(), (), ()]
            rows = [row for row in unit.audit.list_by_actor(None) if row.request_id == actor.request_id]
            assert [(row.entity_type, row.action, row.after_data) for row in rows] == [("users", "bulk", {"rows": 3})]

    def test_a_row_names_the_actor(self, unit_of_work: UnitOfWorkFactory) -> None:
        """E3."""
        with unit_of_work() as unit:
            admin = unit.users.add(a_user())
        actor = Actor(
            user_id=admin.id,
            request_id="request 7",
            session_id="session 8",
            ip_address="192.0.2.1",
            user_agent="curl",
        )

        with unit_of_work(actor) as unit:
            user = unit.users.add(a_user())
            (row,) = unit.audit.list_by_actor(admin.id)
            assert (row.actor_id, row.entity_id) == (admin.id, user.id)
            assert (row.request_id, row.session_id) == ("request 7", "session 8")
            assert (row.ip_address, row.user_agent) == ("192.0.2.1", "curl")

    def test_a_unit_without_an_actor_names_nobody(self, unit_of_work: UnitOfWorkFactory) -> None:
        """E3: also when the unit before it had one."""
        with unit_of_work() as unit:
            admin = unit.users.add(a_user())
        with unit_of_work(Actor(user_id=admin.id, request_id="request 7")) as unit:
            unit.users.add(a_user())

        with unit_of_work() as unit:
            user = unit.users.add(a_user())
            (row,) = unit.audit.list_by_entity("users", user.id)
            assert (row.actor_id, row.request_id) == (None, None)
            assert len(unit.audit.list_by_actor(admin.id)) == 1

    def test_a_unit_that_is_undone_leaves_no_row(self, unit_of_work: UnitOfWorkFactory) -> None:
        """E2."""
        user = a_user()

        with raises(ZeroDivisionError), unit_of_work() as unit:
            unit.users.add(user)
            raise ZeroDivisionError

        with unit_of_work() as unit:
            assert unit.audit.list_by_entity("users", user.id) == ()

    def test_a_call_that_was_refused_leaves_no_row(self, unit_of_work: UnitOfWorkFactory) -> None:
        """E2, A12."""
        with unit_of_work() as unit:
            user = unit.users.add(a_user())
            with raises(ConflictError):
                unit.users.add(evolve(user, email="other@example.com"))
            assert len(unit.audit.list_by_entity("users", user.id)) == 1


class ConcurrentUnitsContract:
    """Subclass it with the fixture `unit_of_work`, whose units must not share a transaction."""

    def test_others_read_only_what_is_kept(self, unit_of_work: UnitOfWorkFactory) -> None:
        """Z2."""
        user = a_user()

        with unit_of_work() as writer:
            writer.users.add(user)
            with unit_of_work() as reader:
                assert reader.users.find(user.id) is None
        with unit_of_work() as reader:
            assert reader.users.find(user.id) is not None

    def test_a_locked_period_is_held_until_the_unit_ends(self, unit_of_work: UnitOfWorkFactory) -> None:
        """Z5: the other waits, or is told to try again."""
        with unit_of_work() as unit:
            unit.periods.add(a_period())
        order: list[str] = []

        def second() -> None:
            try:
                with unit_of_work() as unit:
                    unit.lock_period("2026-03")
                    order.append("second")
            except TransientError:
                order.append("told")

        with ThreadPoolExecutor(1) as pool:
            with unit_of_work() as unit:
                unit.lock_period("2026-03")
                waiting = pool.submit(second)
                pool.submit(lambda: None)
                order.append("first")
            waiting.result(timeout=30)

        assert "first" in order
        assert order.index("first") < order.index("second") if "second" in order else "told" in order

    def test_of_two_who_move_somebody_both_moves_stand(self, unit_of_work: UnitOfWorkFactory) -> None:
        """Z6, D9: in two trees at once, or the second is told."""
        with unit_of_work() as unit:
            top, person = make_distributor(unit).user_id, make_distributor(unit).user_id

        told = False
        try:
            with unit_of_work() as slow:
                slow.distributors.get(person)
                with unit_of_work() as quick:
                    quick.distributors.move(person, GenealogyTree.SPONSOR, top)
                slow.distributors.move(person, GenealogyTree.ENROLLER, top)
        except TransientError:
            told = True

        with unit_of_work() as unit:
            stored = unit.distributors.get(person)
        assert stored.sponsor_id == top
        assert stored.enroller_id == (None if told else top)

    def test_of_two_who_want_one_address_one_gets_it(self, unit_of_work: UnitOfWorkFactory) -> None:
        """Z6, U1."""
        first = a_user()

        def second() -> str:
            try:
                with unit_of_work() as unit:
                    unit.users.add(a_user(email=first.email))
            except (ConflictError, TransientError):
                return "refused"
            return "kept"

        with ThreadPoolExecutor(1) as pool:
            outcome = "kept"
            try:
                with unit_of_work() as unit:
                    unit.users.add(first)
                    waiting = pool.submit(second)
            except TransientError:
                outcome = "refused"
            assert sorted([outcome, waiting.result(timeout=30)]) == ["kept", "refused"]
