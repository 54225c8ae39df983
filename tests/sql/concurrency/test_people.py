"""Many sessions at once over people: nothing lost, nothing doubled, whoever comes first."""

from datetime import date, timedelta
from typing import Any

import pytest

from mlmcore.domain.enums import GenealogyTree
from mlmcore.domain.errors import ConflictError
from mlmcore.domain.numbering import NumberFormat
from mlmcore.domain.people import Distributor, User
from mlmcore.domain.sign_in import LockoutPolicy
from mlmcore.operations.enrolment import Enrolment, enrol
from mlmcore.operations.sign_in import record_failed_login
from mlmcore.operations.termination import CustomersStay, RollUpDownline, Termination, terminate
from mlmcore.repositories.placing import PlacementRule, Spillover
from mlmcore.sql.unit_of_work import SqlUnitOfWork
from sql.concurrency._sessions import at_once, in_one

SEVERAL = pytest.mark.parametrize("sessions", [2, 20])
POLICY = LockoutPolicy(failures=5, locks=(timedelta(minutes=1), timedelta(hours=1)))


def enrolment(name: str, **more: Any) -> Enrolment:
    """How somebody joins."""
    given = {"distributor_number": f"D-{name}", "join_date": date(2026, 1, 5)}
    return Enrolment(email=f"{name}@example.com", **{**given, **more})


@pytest.fixture
def top(database: str) -> Distributor:
    """Somebody below whom others join."""
    person: Distributor = in_one(database, lambda unit: enrol(unit, enrolment("top")))
    return person


class TestSignIn:
    @SEVERAL
    def test_failures_at_once_are_all_counted(self, database: str, sessions: int) -> None:
        """Twenty count twenty, and the lock is the one that twenty deserve."""
        user = in_one(database, lambda unit: unit.users.add(User(email="ann@example.com")))

        results = at_once(database, sessions, lambda unit, _: record_failed_login(unit, user.id, POLICY))

        assert sorted(result.login_attempts for result in results) == list(range(1, sessions + 1))
        stored = in_one(database, lambda unit: unit.users.get(user.id))
        assert stored.login_attempts == sessions
        assert (stored.locked_until is not None) == (sessions >= 5)


class TestAddresses:
    @SEVERAL
    def test_one_address_belongs_to_one_user_in_any_case(self, database: str, sessions: int) -> None:
        """One session stores it; the others hear that it is taken."""
        spellings = ["ann@example.com", "ANN@EXAMPLE.COM", "Ann@Example.com"]

        results = at_once(database, sessions, lambda unit, n: unit.users.add(User(email=spellings[n % 3])))

        assert sum(isinstance(result, User) for result in results) == 1
        refused = [result for result in results if not isinstance(result, User)]
        assert {type(error) for error in refused} == {ConflictError}
        assert {str(error) for error in refused} == {"user: another user has this e-mail, in one case or another"}


class TestEnrolments:
    @SEVERAL
    def test_no_number_is_drawn_twice(self, database: str, top: Distributor, sessions: int) -> None:
        """And none is left out where nobody is undone."""
        drawn = NumberFormat(prefix="X", digits=3)

        results = at_once(
            database,
            sessions,
            lambda unit, n: enrol(
                unit, enrolment(f"p{n}", distributor_number=drawn, sponsor_id=top.user_id, enroller_id=top.user_id)
            ),
        )

        numbers = sorted(person.distributor_number for person in results)
        assert numbers == [f"X{number:03}" for number in range(1, sessions + 1)]
        assert sorted(person.sponsor_leg for person in results) == list(range(1, sessions + 1))

    @SEVERAL
    def test_one_leg_takes_one_person(self, database: str, top: Distributor, sessions: int) -> None:
        """The others hear that somebody hangs there."""
        results = at_once(
            database,
            sessions,
            lambda unit, n: enrol(unit, enrolment(f"p{n}", placement_id=top.user_id, placement_leg=1)),
        )

        assert sum(isinstance(result, Distributor) for result in results) == 1
        refused = [result for result in results if not isinstance(result, Distributor)]
        assert {type(error) for error in refused} == {ConflictError}
        said = f"distributor: leg 1 of placement parent {top.user_id} is taken; one person hangs in a leg"
        assert {str(error) for error in refused} == {said}

    @SEVERAL
    def test_by_a_rule_everybody_finds_a_place(self, database: str, top: Distributor, sessions: int) -> None:
        """One after the other, as if they had come one by one."""
        wanted = Spillover(under_id=top.user_id, rule=PlacementRule.LEFT, width=2, levels=None)

        results = at_once(database, sessions, lambda unit, n: enrol(unit, enrolment(f"p{n}", spillover=wanted)))

        above = {person.user_id: person.placement_id for person in results}
        (last,) = above.keys() - above.values()
        chain = [last]
        while chain[-1] != top.user_id:
            chain.append(above[chain[-1]])
        assert len(chain) == sessions + 1

    @SEVERAL
    def test_by_weight_everybody_finds_a_place(self, database: str, top: Distributor, sessions: int) -> None:
        """Each weighs the legs with all who came before: level by level they fill up."""
        wanted = Spillover(under_id=top.user_id, rule=PlacementRule.BALANCED, width=2, levels=None)

        results = at_once(database, sessions, lambda unit, n: enrol(unit, enrolment(f"p{n}", spillover=wanted)))

        level, sizes = {top.user_id}, []
        while level:
            level = {person.user_id for person in results if person.placement_id in level}
            sizes.append(len(level))
        assert sum(sizes) == sessions
        assert sizes[:-2] == [2**depth for depth in range(1, len(sizes) - 1)]


class TestTermination:
    @SEVERAL
    def test_whoever_joins_meanwhile_is_rolled_up_or_refused(
        self, database: str, top: Distributor, sessions: int
    ) -> None:
        """Nobody is left below the person who leaves, whichever came first."""
        leaver = in_one(database, lambda unit: enrol(unit, enrolment("leaver", sponsor_id=top.user_id)))
        command = Termination(
            user_id=leaver.user_id,
            reason="gave notice",
            downline=RollUpDownline(placement_width=2),
            customers=CustomersStay(),
            work_to=None,
            may_sign_in=True,
        )

        def work(unit: SqlUnitOfWork, number: int) -> Any:
            if number == sessions // 2:
                return terminate(unit, command)
            key = {"sponsor_id": leaver.user_id, "enroller_id": leaver.user_id}
            return enrol(unit, enrolment(f"p{number}", **key))

        results = at_once(database, sessions, work)

        joined = [result.user_id for result in results if isinstance(result, Distributor)]
        joined.remove(leaver.user_id)
        refused = [str(result) for result in results if not isinstance(result, Distributor)]
        assert all("the sponsor, D-leaver, is terminated; the enroller, D-leaver, is" in text for text in refused)
        assert len(joined) + len(refused) == sessions - 1
        stored = in_one(database, lambda unit: [unit.distributors.get(key) for key in joined])
        assert {(person.sponsor_id, person.enroller_id) for person in stored} <= {(top.user_id, None)}
        assert in_one(database, lambda unit: unit.trees.check_paths(GenealogyTree.SPONSOR)) is None
