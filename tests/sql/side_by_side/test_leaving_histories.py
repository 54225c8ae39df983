"""Random histories of people who come, sign in, leave and are forgotten, in memory and in PostgreSQL."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any, Final

from attrs import evolve
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from mlmcore.domain.commissions import Payout
from mlmcore.domain.crm import Contact, Task
from mlmcore.domain.enums import (
    ContactStatus,
    DistributorStatus,
    GenealogyTree,
    KycStatus,
    PayoutMethod,
    TaskStatus,
    TaskType,
    UserRole,
    UserStatus,
)
from mlmcore.domain.people import Distributor, PersonEvent, Territory, User, UserProfile
from mlmcore.domain.sign_in import LockoutPolicy
from mlmcore.operations import (
    CustomerErasure,
    CustomersStay,
    CustomersTo,
    CustomersToSponsor,
    Enrolment,
    KeepDownline,
    Move,
    PersonErasure,
    RollUpDownline,
    Termination,
    change_password_hash,
    enrol,
    erase_customer,
    erase_person,
    lose_contact,
    move_distributor,
    open_period,
    record_failed_login,
    record_login,
    take_up_contact,
    terminate,
    turn_off_two_factor,
    turn_on_two_factor,
    unlock_user,
)
from mlmcore.repositories.protocols import SealedPlace, UnitOfWork
from mlmcore.repositories.secrets import Cipher
from sql.side_by_side._history import NOBODY, NewDatabase, StoreHistory, run_side_by_side, usd

_WORDS: Final = st.sampled_from(["asked for it", "asked for it", "moved away", " "])
_LEGS: Final = st.sampled_from([None, 1, 2, 3])
_LOCKOUT: Final = LockoutPolicy(failures=2, locks=(timedelta(minutes=5), timedelta(days=900)))
_NOON: Final = datetime(2025, 1, 5, 12, tzinfo=UTC)


class LeavingHistory(StoreHistory):
    """A sponsor with two below, who have customers, contacts, tasks, payouts and secrets."""

    texts = (
        "D1",
        "d1@example.com",
        "D1@EXAMPLE.com",
        "tea",
        "mlmcore.terminated",
        "demos",
        "north",
        "users",
        "2025-01",
    )

    @initialize()
    def begin(self) -> None:
        """So that few steps go to nobody."""
        self.did("periods", lambda unit: open_period(unit, "2025-01", timezone="UTC"))
        for number in (1, 2, 3):
            self.joins(f"D{number}", next(iter(self.keys("distributors")), None), own=number > 1)
        north = Territory(id=self.new_id(), code="north", name="North")
        self.did("territories", lambda unit: unit.territories.add(north))

    def joins(self, number: str, sponsor: Any, *, own: bool, **more: Any) -> None:
        """Somebody enrols, and is known as a user and perhaps as a customer."""
        command = Enrolment(
            user_id=self.new_id(),
            email=f"{number}@example.com",
            distributor_number=number,
            join_date=date(2025, 1, 1),
            sponsor_id=sponsor,
            first_name="Ann",
            own_customer_number=f"C{number}" if own else None,
            payout_method=PayoutMethod.CHECK,
            **more,
        )
        self.did("distributors", lambda unit: enrol(unit, command))
        self.did("users", lambda unit: unit.users.get(command.user_id))
        self.did("user_profiles", lambda unit: unit.users.get_profile(command.user_id))
        self.did("customers", lambda unit: unit.customers.find_by_user(command.user_id))

    @rule(data=st.data(), own=st.booleans(), leg=_LEGS)
    def somebody_joins(self, data: st.DataObject, own: bool, leg: int | None) -> None:
        """Below somebody who may have left."""
        sponsor = self.some(data, "distributors")
        placed = {} if leg is None else {"placement_id": sponsor, "placement_leg": leg}
        self.joins(self.number(data, "D"), sponsor, own=own, **placed)

    @rule(data=st.data())
    def people_come_from_elsewhere(self, data: st.DataObject) -> None:
        """Many at once: users with profiles, distributors with children before their sponsors."""
        number = self.number(data, "E")
        users = [
            User(
                id=self.new_id(), email=f"{number}-{at}@example.com", role=UserRole.DISTRIBUTOR, password_hash="x" * at
            )
            for at in (1, 2)
        ]
        secret = data.draw(st.sampled_from([None, "123-45"]), label="tax id")
        profiles = [UserProfile(user_id=user.id, first_name="Zoe", tax_id=secret) for user in users]
        above = self.one_of(data, "distributors", None)
        people = [
            Distributor(
                user_id=user.id,
                distributor_number=f"{number}-{at}",
                join_date=date(2025, 1, 3),
                sponsor_id=sponsor,
                attributes={"country": "NO"},
                rank_id=data.draw(st.sampled_from([None, None, "bronze", "bronze", "no-such"]), label="rank"),
            )
            for at, (user, sponsor) in enumerate(zip(users, [users[1].id, above], strict=True))
        ]
        self.did("none", lambda unit: unit.users.add_many(users, profiles))
        self.did("none", lambda unit: unit.distributors.add_many(people))
        self.did("distributors", lambda unit: unit.distributors.get(people[0].user_id))

    @rule(data=st.data(), twice=st.booleans())
    def a_user_comes(self, data: st.DataObject, twice: bool) -> None:
        """With a profile, perhaps a second one; and perhaps a distributor by hand."""
        number = self.number(data, "D")
        user = User(id=self.new_id(), email=f"{number}@Example.com", created_by=self.some(data, "users"))
        self.did("users", lambda unit: unit.users.add(user))
        profile = UserProfile(user_id=self.some(data, "users") if twice else user.id, kyc_status=KycStatus.PENDING)
        self.did("user_profiles", lambda unit: unit.users.add_profile(profile))
        person = Distributor(user_id=user.id, distributor_number=number, join_date=date(2025, 1, 4))
        self.did("distributors", lambda unit: unit.distributors.add(person))

    @rule(data=st.data())
    def a_user_changes(self, data: st.DataObject) -> None:
        """State, address, second factor."""
        self.changed(
            data,
            "users",
            lambda unit, user: unit.users.update(user),
            status=st.sampled_from([UserStatus.ACTIVE, *UserStatus]),
            email=st.sampled_from(["D1@EXAMPLE.com", "x@example.com"]),
            two_factor_secret=st.sampled_from([None, "JBSWY3DP"]),
        )

    @rule(data=st.data())
    def a_profile_changes(self, data: st.DataObject) -> None:
        """How far the check of an identity has come; documents are secrets."""
        self.changed(
            data,
            "user_profiles",
            lambda unit, profile: unit.users.update_profile(profile),
            kyc_status=st.sampled_from(KycStatus),
            kyc_documents=st.sampled_from([None, ({"passport": "X1"},)]),
            tax_id=st.sampled_from([None, "123-45"]),
            address=st.sampled_from([None, {"city": "Oslo", "since": "2025-01-01T00:00:00+00:00"}]),
            marketing_consent=st.booleans(),
        )

    @rule(data=st.data(), password=st.sampled_from([None, "$argon2id$"]), secret=st.sampled_from(["", "JBSWY3DP"]))
    def somebody_signs_in(self, data: st.DataObject, password: str | None, secret: str) -> None:
        """Or fails to, twice in a row; or changes how."""
        steps: list[Callable[[UnitOfWork, Any], User]] = [
            partial(record_failed_login, policy=_LOCKOUT),
            partial(record_failed_login, policy=_LOCKOUT),
            record_login,
            unlock_user,
            partial(change_password_hash, password_hash=password),
            partial(turn_on_two_factor, secret=secret),
            turn_off_two_factor,
        ]
        user, step = self.any_id(data, "users"), data.draw(st.sampled_from(steps), label="step")
        self.did("users", lambda unit: step(unit, user))

    @rule(data=st.data(), tree=st.sampled_from(GenealogyTree), leg=_LEGS, to_root=st.booleans())
    def somebody_moves(self, data: st.DataObject, tree: GenealogyTree, leg: int | None, to_root: bool) -> None:
        """By the operation, or by hand."""
        who = self.some(data, "distributors")
        to = None if to_root else self.some(data, "distributors")
        command = Move(user_id=who, tree=tree, to_parent_id=to, leg=leg, reason="asked for")
        if data.draw(st.booleans(), label="by hand"):
            self.did("distributors", lambda unit: unit.distributors.move(who, tree, to, leg, reason="by hand"))
        else:
            self.did("distributors", lambda unit: move_distributor(unit, command))

    @rule(tree=st.sampled_from(GenealogyTree), keep=st.booleans(), again=st.booleans())
    def paths_are_kept(self, tree: GenealogyTree, keep: bool, again: bool) -> None:
        """Or not; or made again."""
        if again:
            self.pair.do(lambda unit: unit.trees.rebuild_paths(tree) * unit.trees.keeps_paths(tree), self.actor)
        else:
            self.pair.do(lambda unit: unit.trees.keep_paths(tree, keep), self.actor)

    @rule(at=st.sampled_from([0, 1, 7, 2**70]))
    def numbers_are_drawn(self, at: int) -> None:
        """From a number on, and one that is undone leaves a gap."""
        self.pair.do(lambda unit: unit.distributors.begin_numbers(at), self.actor)
        self.pair.do(lambda unit: unit.distributors.next_number(), self.actor)

    @rule(data=st.data())
    def a_region_comes(self, data: st.DataObject) -> None:
        """In another that may not be there; or one comes to lie elsewhere, perhaps within itself."""
        code, parent = self.number(data, "north"), self.one_of(data, "territories", None)
        territory = Territory(id=self.new_id(), code=code, name=code, parent_id=parent)
        self.did("territories", lambda unit: unit.territories.add(territory))
        other = self.one(data, "territories")
        if other is not None and other.id != parent:
            self.did("territories", lambda unit: unit.territories.update(evolve(other, parent_id=parent)))

    @rule(data=st.data())
    def a_distributor_changes(self, data: st.DataObject) -> None:
        """Region, rank, notes."""
        self.changed(
            data,
            "distributors",
            lambda unit, person: unit.distributors.update(person),
            territory_id=st.sampled_from([None, *self.keys("territories"), NOBODY]),
            rank_id=st.sampled_from([None, "bronze", "no-such"]),
            notes=st.sampled_from([None, "shy"]),
            sponsor_id=st.sampled_from([None, *self.keys("distributors")[:3]]),
            enroller_id=st.sampled_from([None, *self.keys("distributors")[:3]]),
            status=st.sampled_from([DistributorStatus.ACTIVE, DistributorStatus.INACTIVE]),
        )

    @rule(data=st.data(), days=st.integers(0, 40), name=st.sampled_from(["demos", "mlmcore.terminated"]))
    def something_happens_to_somebody(self, data: st.DataObject, days: int, name: str) -> None:
        """Once, or many times at once."""
        event = PersonEvent(
            id=self.some(data, "events") if self.seldom(data, "again") else self.new_id(),
            distributor_id=self.some(data, "distributors"),
            name=name,
            occurred_at=_NOON + timedelta(days=days),
            data={"points": "1.5", "when": "2025-01-01"},
        )
        others = [evolve(event, id=self.new_id()) for _ in range(2)]
        if data.draw(st.booleans(), label="many"):
            self.did("none", lambda unit: unit.events.add_many(others))
        self.did("events", lambda unit: unit.events.add(event))

    @rule(data=st.data(), many=st.booleans())
    def a_contact_comes(self, data: st.DataObject, many: bool) -> None:
        """With a task about it, alone or among several; or one is lost, taken up or written back."""
        owner = self.some(data, "distributors")
        contact = Contact(id=self.new_id(), owner_id=owner, name="Zoe", email="z@example.com", tags=("tea",))
        task = Task(
            id=self.new_id(),
            title="Call Zoe",
            type=TaskType.CALL,
            assignee_id=owner,
            created_by_id=owner,
            contact_id=self.one_of(data, "contacts", None),
            customer_id=data.draw(st.sampled_from([None, *self.keys("customers")]), label="customer"),
        )
        if many:
            self.did("none", lambda unit: unit.contacts.add_many([contact]))
            self.did("none", lambda unit: unit.tasks.add_many([task]))
            self.did("contacts", lambda unit: unit.contacts.get(contact.id))
        else:
            self.did("contacts", lambda unit: unit.contacts.add(contact))
            self.did("tasks", lambda unit: unit.tasks.add(task))

    @rule(data=st.data())
    def a_contact_goes_on(self, data: st.DataObject) -> None:
        """Somebody is lost, or taken up again; a task is done."""
        contact = self.some(data, "contacts")
        steps: list[Callable[[UnitOfWork, Any], Contact]] = [
            partial(lose_contact, lost_at=_NOON, next_follow_up=None),
            partial(take_up_contact, taken_up_at=_NOON + timedelta(days=1), next_follow_up=None),
        ]
        step = data.draw(st.sampled_from(steps), label="step")
        self.did("contacts", lambda unit: step(unit, contact))
        self.changed(
            data,
            "contacts",
            lambda unit, contact: unit.contacts.update(contact),
            status=st.sampled_from([ContactStatus.CONTACTED, ContactStatus.QUALIFIED]),
            notes=st.sampled_from([None, "likes tea"]),
        )
        self.changed(
            data,
            "tasks",
            lambda unit, task: unit.tasks.update(task),
            status=st.sampled_from([TaskStatus.IN_PROGRESS, TaskStatus.CANCELLED]),
        )

    @rule(data=st.data(), secret=st.booleans())
    def a_payout_is_stored(self, data: st.DataObject, secret: bool) -> None:
        """With bank details; it stands in the way of being forgotten."""
        payout = Payout(
            id=self.new_id(),
            distributor_id=self.some(data, "distributors"),
            period_id="2025-01",
            amount=usd("50.00"),
            currency="USD",
            method=PayoutMethod.CHECK,
            net_amount=usd("50.00"),
            bank_details={"iban": "X"} if secret else None,
        )
        self.did("payouts", lambda unit: unit.payouts.add(payout))

    @rule(data=st.data(), reason=_WORDS, width=st.integers(1, 2), may=st.booleans())
    def somebody_is_terminated(self, data: st.DataObject, reason: str, width: int, may: bool) -> None:
        """Some way or another; then perhaps in another way, which is refused."""
        who, heir = self.some(data, "distributors"), self.some(data, "distributors")
        downline: Any = data.draw(
            st.sampled_from([KeepDownline(), RollUpDownline(placement_width=width)]), label="downline"
        )
        customers: Any = data.draw(
            st.sampled_from([CustomersStay(), CustomersToSponsor(), CustomersTo(distributor_id=heir)]),
            label="customers",
        )
        work = data.draw(st.sampled_from([None, heir]), label="work")
        self.did(
            "distributors",
            lambda unit: terminate(
                unit,
                Termination(
                    user_id=who,
                    reason=reason,
                    downline=downline,
                    customers=customers,
                    work_to=work,
                    may_sign_in=may,
                ),
            ),
        )

    @rule(data=st.data(), reason=_WORDS, tax=st.booleans(), contacts=st.booleans())
    def somebody_is_forgotten(self, data: st.DataObject, reason: str, tax: bool, contacts: bool) -> None:
        """A user, or a customer; most are still distributors, or have something on its way."""
        user, customer = self.some(data, "users"), self.some(data, "customers")
        if data.draw(st.booleans(), label="a customer"):
            self.pair.do(
                lambda unit: erase_customer(unit, CustomerErasure(customer_id=customer, reason=reason)), self.actor
            )
            return
        self.did(
            "erasures",
            lambda unit: erase_person(
                unit,
                PersonErasure(user_id=user, reason=reason, keep_tax_id=tax, erase_owned_contacts=contacts),
            ),
        )

    @rule(data=st.data(), reason=_WORDS)
    def rows_are_erased_by_hand(self, data: st.DataObject, reason: str) -> None:
        """Whatever tables are named, also those that hold nothing personal."""
        key = self.some(data, "users")
        rows: dict[str, set[Any]] = data.draw(
            st.sampled_from([{"users": {key}}, {"users": {key, NOBODY}, "contacts": {NOBODY}}, {"users": set()}]),
            label="rows",
        )
        more: dict[str, Any] = data.draw(st.sampled_from([{}, {}, {"ranks": set()}, {"users": {"ann"}}]), label="more")
        keep = data.draw(st.sampled_from([(), ("user_profiles.tax_id",), ("users.email",)]), label="keep")
        self.pair.do(
            lambda unit: unit.erasures.erase("users", key, {**rows, **more}, reason=reason, keep=keep), self.actor
        )

    @rule(data=st.data(), limit=st.sampled_from([0, 1, 100]), table=st.sampled_from(["users", "payouts", "nowhere"]))
    def secrets_are_sealed_anew(self, data: st.DataObject, limit: int, table: str) -> None:
        """What is sealed under the current key stays as it is."""
        after = data.draw(
            st.sampled_from([None, SealedPlace(table=table, key=self.some(data, "users"))]), label="after"
        )
        self.pair.do(lambda unit: unit.secrets.reseal(after, limit), self.actor)


class TestLeavingHistories:
    """`MemoryStore` and `SqlStore`, side by side."""

    def test_the_two_stores_never_differ(self, new_database: NewDatabase, cipher: Cipher) -> None:
        """Results, refusals, contents and audit rows."""
        run_side_by_side(LeavingHistory, new_database, cipher, examples=3, steps=60)
