"""Somebody's life with the company on PostgreSQL: what the database sees of it, and refuses, whoever asks."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from attrs import evolve

from mlmcore.domain.crm import Contact
from mlmcore.domain.enums import GenealogyTree, PayoutStatus
from mlmcore.domain.errors import BrokenReferenceError, RefusedError
from mlmcore.domain.numbering import NumberFormat
from mlmcore.domain.people import Distributor, Territory, UserProfile
from mlmcore.domain.sign_in import LockoutPolicy
from mlmcore.operations.enrolment import Enrolment, enrol
from mlmcore.operations.erasure import PersonErasure, erase_person
from mlmcore.operations.sign_in import record_failed_login, record_login, turn_on_two_factor, unlock_user
from mlmcore.operations.termination import CustomersToSponsor, RollUpDownline, Termination, terminate
from mlmcore.repositories.placing import PlacementRule, Spillover
from mlmcore.repositories.secrets import Cipher
from mlmcore.sql.query_files import Query
from mlmcore.sql.session import PsycopgSession
from mlmcore.sql.unit_of_work import SqlStore
from mlmcore.testing.contracts._support import a_customer, a_payout, a_period

NUMBER = NumberFormat(prefix="D-", digits=4)
SPONSOR, PLACEMENT, _ = GenealogyTree


@pytest.fixture
def host(connection: psycopg.Connection[Any]) -> psycopg.Connection[Any]:
    """A host's connection in its transaction, which is rolled back."""
    connection.execute("SELECT 1")
    return connection


@pytest.fixture
def store(host: psycopg.Connection[Any], cipher: Cipher) -> SqlStore:
    """Units in the host's transaction."""
    return SqlStore(PsycopgSession(host), cipher=cipher)


@pytest.fixture
def people(store: SqlStore) -> list[Distributor]:
    """Four people, each sponsored by the one before, and placed one below the other by a rule."""
    made: list[Distributor] = []
    for name in ("ann", "bob", "cid", "dan"):
        above: dict[str, Any] = {}
        if made:
            place = Spillover(under_id=made[0].user_id, rule=PlacementRule.LEFT, width=2, levels=None)
            above = {"sponsor_id": made[-1].user_id, "spillover": place}
        command = Enrolment(
            email=f"{name}.quayle@example.com",
            first_name="Quayle",
            distributor_number=NUMBER,
            join_date=date(2026, 1, 5),
            own_customer_number=f"C-{name}",
            **above,
        )
        with store() as unit:
            made.append(enrol(unit, command))
    return made


class TestOneEnrolment:
    def test_it_is_seventeen_statements(
        self, host: psycopg.Connection[Any], store: SqlStore, people: list[Distributor], tmp_path: Path
    ) -> None:
        """Each is a round trip: savepoints around the unit and each of three rows, four questions, the unit's ends."""
        command = Enrolment(
            email="eve@example.com",
            distributor_number="E-1",
            join_date=date(2026, 1, 6),
            sponsor_id=people[0].user_id,
        )
        with (tmp_path / "trace").open("w+") as trace:
            host.pgconn.trace(trace.fileno())
            with store() as unit:
                enrol(unit, command)
            host.pgconn.untrace()
            trace.seek(0)
            sent = [line.split("\t") for line in trace.read().splitlines()]

        assert sum("F" in words and bool({"Query", "Execute"} & set(words)) for words in sent) == 17


def every_word(connection: psycopg.Connection[Any]) -> Iterator[str]:
    """Every row of every table, as text."""
    tables = connection.execute(
        "SELECT c.relname FROM pg_class AS c WHERE c.relnamespace = 'mlmcore'::regnamespace AND c.relkind IN ('r', 'p')"
    ).fetchall()
    for (table,) in tables:
        for (row,) in connection.execute(f"SELECT t::text FROM mlmcore.{table} AS t".encode()):
            yield f"{table}: {row}"


def run(store: SqlStore, text: str) -> None:
    """What a host runs by itself, with our errors."""
    with store() as unit:
        unit._session.run(Query(name="by hand", purpose="a test", text=text))


class TestALife:
    def test_places_follow_the_rule(self, people: list[Distributor]) -> None:
        """And numbers are drawn."""
        ann, bob, cid, dan = people

        first = int(ann.distributor_number.removeprefix("D-"))
        assert [person.distributor_number for person in people] == [NUMBER.written(first + at) for at in range(4)]
        assert [person.placement_id for person in people] == [None, ann.user_id, bob.user_id, cid.user_id]
        assert dan.sponsor_id == cid.user_id

    def test_sign_in_and_second_factor(self, store: SqlStore, people: list[Distributor]) -> None:
        """Locked, unlocked, sealed."""
        key, policy = people[0].user_id, LockoutPolicy(failures=1, locks=(timedelta(minutes=1),))
        with store() as unit:
            record_failed_login(unit, key, policy)
            with pytest.raises(RefusedError):
                record_login(unit, key)
            unlock_user(unit, key)
            assert record_login(unit, key).last_login == unit.now
            turn_on_two_factor(unit, key, "JBSWY3DP")
        with store() as unit:
            assert unit.users.get(key).two_factor_secret == "JBSWY3DP"

    def test_somebody_leaves_and_is_forgotten(
        self, host: psycopg.Connection[Any], store: SqlStore, people: list[Distributor]
    ) -> None:
        """Those below close up, the money is held, and no word of the person is left in any table."""
        ann, bob, cid, _ = people
        with store() as unit:
            profile = unit.users.get_profile(bob.user_id)
            unit.users.update_profile(evolve(profile, tax_id="12-345", address={"city": "Bobville"}))
            unit.customers.add(a_customer(bob))
            unit.contacts.add(Contact(owner_id=bob.user_id, name="Bobby's neighbour"))
            unit.periods.add(a_period("2031-03"))
            unit.payouts.add(a_payout(bob, period_id="2031-03", bank_details={"iban": "DE00"}))
            unit.trees.keep_paths(PLACEMENT, True)
            command = Termination(
                user_id=bob.user_id,
                reason="gave notice",
                downline=RollUpDownline(placement_width=2),
                customers=CustomersToSponsor(),
                work_to=ann.user_id,
                may_sign_in=False,
            )
            terminate(unit, command)
            assert unit.trees.upline(PLACEMENT, cid.user_id) == (ann.user_id,)
            assert unit.trees.upline(SPONSOR, cid.user_id) == (ann.user_id,)
            for tree in (SPONSOR, PLACEMENT):
                unit.trees.check_paths(tree)
            assert [customer.distributor_id for customer in unit.customers.list_by_distributor(ann.user_id)].count(
                ann.user_id
            ) == 2
            (payout,) = unit.payouts.list_by_distributor(bob.user_id)
            assert payout.held_reason == "terminated"
            unit.payouts.update(evolve(payout, status=PayoutStatus.CANCELLED))
        assert [row for row in every_word(host) if "bob.quayle" in row or "Bobville" in row] != []

        erasure = PersonErasure(
            user_id=bob.user_id, reason="asked for it", keep_tax_id=False, erase_owned_contacts=False
        )
        with store() as unit:
            counts = erase_person(unit, erasure)
            assert erase_person(unit, erasure) == counts

        words = ("bob.quayle", "Bobville", '"sealed"')
        assert [row for row in every_word(host) if any(word in row for word in words)] == []
        mentions = [row for row in every_word(host) if "Quayle" in row and str(bob.user_id) in row]
        assert mentions == []
        with store() as unit:
            assert unit.contacts.list_by_owner(ann.user_id)[0].name == "Bobby's neighbour"
            assert unit.users.get_profile(bob.user_id) == UserProfile(
                user_id=bob.user_id,
                data_processing_consent=False,
                created_at=unit.now,
                updated_at=unit.now,
            )


class TestNobodyIsDeleted:
    def test_somebody_in_a_tree_stays(self, store: SqlStore, people: list[Distributor]) -> None:
        """A leaf without orders, whom no row names, too; nor by way of the user."""
        dan = people[3].user_id
        for table, key in (("distributors", "user_id"), ("users", "id")):
            with pytest.raises(BrokenReferenceError) as caught:
                run(store, f"DELETE FROM {{schema}}.{table} WHERE {key} = '{dan}'")

            assert str(caught.value).startswith(f"distributor {dan} stands in the sponsor tree and is not deleted")
            assert str(caught.value).endswith("Terminate the contract, or erase the personal data")

    def test_somebody_whom_rows_name_stays(self, store: SqlStore, people: list[Distributor]) -> None:
        """A root with customers."""
        with pytest.raises(BrokenReferenceError, match="a user is not deleted: set status 'inactive'"):
            run(store, f"DELETE FROM {{schema}}.users WHERE id = '{people[0].user_id}'")


class TestTerritories:
    def test_a_loop_of_rows_written_by_hand_is_refused(self, store: SqlStore) -> None:
        """By one statement that moves two."""
        with store() as unit:
            north = unit.territories.add(Territory(code="N", name="North"))
            south = unit.territories.add(Territory(code="S", name="South"))
        words = (
            f"UPDATE {{schema}}.territories SET parent_id = CASE code WHEN 'N' THEN '{south.id}'::uuid "
            f"ELSE '{north.id}'::uuid END WHERE code IN ('N', 'S')"
        )
        with pytest.raises(RefusedError, match=r"the territory tree would have a loop: (N -> S -> N|S -> N -> S)"):
            run(store, words)
