"""Enrolling somebody."""

import pytest
from attrs import evolve

from mlmcore.domain.enums import DistributorStatus, UserRole, UserStatus
from mlmcore.domain.errors import BrokenReferenceError, ConflictError, InputError, NotFoundError, RefusedError
from mlmcore.domain.ids import key_of, new_id
from mlmcore.domain.numbering import NumberFormat
from mlmcore.domain.people import Territory, User
from mlmcore.operations.enrolment import FormerCustomer, OwnSeller, enrol
from mlmcore.repositories.placing import PlacementRule, Spillover
from operations.company import Company, enrolment


class TestEnrol:
    """`enrol`."""

    def test_it_stores_user_profile_and_distributor(self, company: Company) -> None:
        """In one unit of work."""
        with company.store() as unit:
            person = enrol(unit, enrolment("dan", sponsor_id=company.ann, attributes={"club": "gold"}))

            assert unit.users.get(person.user_id).email == "dan@example.com"
            assert unit.users.get_profile(person.user_id).first_name == "Dan"
            assert (person.sponsor_id, person.sponsor_leg) == (company.ann, 2)
            assert person.attributes == {"club": "gold"}

    def test_nobody_is_the_enroller_unless_it_is_said(self, company: Company) -> None:
        """The sponsor is not taken for one."""
        with company.store() as unit:
            assert enrol(unit, enrolment("dan", sponsor_id=company.ann)).enroller_id is None

    def test_the_same_command_changes_nothing(self, company: Company) -> None:
        """Repeated, it returns what is stored."""
        command = enrolment("dan", sponsor_id=company.ann, own_customer_number="C-dan")
        with company.store() as unit:
            first = enrol(unit, command)
        before = company.store.as_dict()

        with company.store() as unit:
            assert enrol(unit, command) == first

        assert company.store.as_dict() == before

    def test_another_command_with_the_same_id_is_refused(self, company: Company) -> None:
        """It names what differs."""
        command = enrolment("bob", sponsor_id=None)

        with company.store() as unit, pytest.raises(ConflictError) as caught:
            enrol(unit, command)

        assert str(caught.value) == (
            f"user {company.bob} is enrolled already, with another sponsor_id; a new person needs an id of their own"
        )

    def test_somebody_may_buy_for_own_use(self, company: Company) -> None:
        """Then there is a customer who is that user."""
        with company.store() as unit:
            person = enrol(unit, enrolment("dan", own_customer_number="C-dan"))
            own = unit.customers.find_by_user(person.user_id)

        assert own is not None
        assert (own.customer_number, own.distributor_id, own.email) == (
            "C-dan",
            person.user_id,
            "dan@example.com",
        )

    def test_nobody_is_enrolled_below_somebody_who_is_terminated(self, company: Company) -> None:
        """As sponsor, placement parent or enroller."""
        with company.store() as unit:
            unit.distributors.update(evolve(unit.distributors.get(company.cid), status=DistributorStatus.TERMINATED))
            with pytest.raises(RefusedError) as caught:
                enrol(unit, enrolment("dan", enroller_id=company.cid))

        assert str(caught.value) == "D-dan cannot be enrolled: the enroller, D-cid, is terminated"

    def test_an_unknown_sponsor_stores_nothing(self, company: Company) -> None:
        """Neither user nor profile."""
        before = company.store.as_dict()

        with pytest.raises(BrokenReferenceError), company.store() as unit:
            enrol(unit, enrolment("dan", sponsor_id=new_id()))

        assert company.store.as_dict() == before

    def test_an_address_that_is_taken_stores_nothing(self, company: Company) -> None:
        """In any case."""
        before = company.store.as_dict()

        with pytest.raises(ConflictError), company.store() as unit:
            enrol(unit, enrolment("dan", email="ANN@example.com"))

        assert company.store.as_dict() == before
        assert key_of("dan") not in before["distributors"]

    def test_everything_that_is_wrong_is_said_at_once(self, company: Company) -> None:
        """Every upline, the territory and the user."""
        with company.store() as unit:
            unit.distributors.update(evolve(unit.distributors.get(company.cid), status=DistributorStatus.TERMINATED))
            closed = unit.territories.add(Territory(code="NORTH", name="North", is_active=False))
            dan = unit.users.add(User(id=key_of("dan"), email="dan@example.com", status=UserStatus.PENDING))
            unit.users.update(evolve(dan, status=UserStatus.INACTIVE))
            with pytest.raises(RefusedError) as caught:
                enrol(
                    unit,
                    enrolment("dan", sponsor_id=company.cid, enroller_id=company.cid, territory_id=closed.id),
                )

        assert str(caught.value) == (
            "D-dan cannot be enrolled: the sponsor, D-cid, is terminated; the enroller, D-cid, is terminated; the "
            f"territory NORTH is closed; user {dan.id} is inactive; let the user come back first"
        )


class TestNumbers:
    """A number that the store draws."""

    def test_it_is_written_as_the_company_writes_it(self, company: Company) -> None:
        """One after the other."""
        drawn = NumberFormat(prefix="X", digits=4)
        with company.store() as unit:
            people = [enrol(unit, enrolment(name, distributor_number=drawn)) for name in ("dan", "eve")]

        assert [person.distributor_number for person in people] == ["X0001", "X0002"]

    def test_repeating_the_command_draws_none(self, company: Company) -> None:
        """The person has one."""
        command = enrolment("dan", distributor_number=NumberFormat(prefix="X", digits=4))
        with company.store() as unit:
            first = enrol(unit, command)
        with company.store() as unit:
            assert enrol(unit, command) == first
            assert unit.distributors.next_number() == 2

    def test_numbers_that_were_given_by_hand_are_passed_over(self, company: Company) -> None:
        """A hundred of them at most; then somebody has to say where drawn numbers begin."""
        drawn = NumberFormat(prefix="", digits=1)
        with company.store() as unit:
            enrol(unit, enrolment("dan", distributor_number="1"))
            assert enrol(unit, enrolment("eve", distributor_number=drawn)).distributor_number == "2"
            unit.distributors.add_many(
                [
                    evolve(unit.distributors.get(company.ann), user_id=user.id, distributor_number=str(3 + at))
                    for at in range(100)
                    for user in [unit.users.add(User(email=f"{at}@example.com"))]
                ]
            )
            with pytest.raises(RefusedError) as caught:
                enrol(unit, enrolment("fay", distributor_number=drawn))
            unit.distributors.begin_numbers(500)
            assert enrol(unit, enrolment("gus", distributor_number=drawn)).distributor_number == "500"

        assert str(caught.value) == (
            f"user {key_of('fay')} cannot be enrolled: 100 numbers in a row are taken, the last 102; let drawn numbers "
            "begin after those that were given by hand (begin_numbers)"
        )


class TestSpillover:
    """A place that a rule finds."""

    def test_everybody_gets_the_next_place(self, company: Company) -> None:
        """Level by level, here."""
        wanted = Spillover(under_id=company.ann, rule=PlacementRule.BREADTH_FIRST, width=2, levels=None)
        with company.store() as unit:
            dan, eve, fay = (enrol(unit, enrolment(name, spillover=wanted)) for name in ("dan", "eve", "fay"))

        places = [(person.placement_id, person.placement_leg) for person in (dan, eve, fay)]
        assert places == [(company.ann, 1), (company.ann, 2), (dan.user_id, 1)]

    def test_a_full_matrix_refuses(self, company: Company) -> None:
        """And says what was asked for; nothing is stored."""
        wanted = Spillover(under_id=company.ann, rule=PlacementRule.LEFT, width=2, levels=1)
        with company.store() as unit:
            enrol(unit, enrolment("dan", spillover=wanted))
        before = company.store.as_dict()
        with company.store() as unit, pytest.raises(RefusedError) as caught:
            enrol(unit, enrolment("eve", spillover=wanted))

        assert company.store.as_dict() == before
        assert str(caught.value) == (
            "D-eve cannot be enrolled: D-ann has no free place by the rule left within 1 levels of 2 legs; place the "
            "person below somebody else, or let them wait"
        )

    def test_nobody_is_placed_below_somebody_who_is_terminated(self, company: Company) -> None:
        """Not by a rule either."""
        wanted = Spillover(under_id=company.cid, rule=PlacementRule.LEFT, width=2, levels=None)
        with company.store() as unit:
            unit.distributors.update(evolve(unit.distributors.get(company.cid), status=DistributorStatus.TERMINATED))
            with pytest.raises(RefusedError, match="the placement parent, D-cid, is terminated"):
                enrol(unit, enrolment("dan", spillover=wanted))

    def test_one_place_is_asked_for(self, company: Company) -> None:
        """By name or by rule."""
        wanted = Spillover(under_id=company.ann, rule=PlacementRule.LEFT, width=2, levels=None)
        with pytest.raises(InputError) as caught:
            enrolment("dan", spillover=wanted, placement_id=company.ann, placement_leg=1)

        assert str(caught.value) == "an enrolment has both a placement and a spillover; give one of them"

    def test_the_same_command_stays_in_its_place(self, company: Company) -> None:
        """Though the rule would find another one by now."""
        command = enrolment(
            "dan", spillover=Spillover(under_id=company.ann, rule=PlacementRule.LEFT, width=2, levels=None)
        )
        with company.store() as unit:
            first = enrol(unit, command)
            assert enrol(unit, command) == first


class TestSomebodyWhoIsThere:
    """A user or a customer who becomes a distributor."""

    def test_a_user_stays_as_they_are(self, company: Company) -> None:
        """Role, password and profile."""
        with company.store() as unit:
            user = unit.users.add(
                User(id=key_of("dan"), email="Dan@example.com", role=UserRole.SUPPORT, password_hash="h")
            )
            person = enrol(unit, enrolment("dan", sponsor_id=company.ann))

            assert unit.users.get(user.id) == user
            assert person.user_id == user.id
            assert unit.users.get_profile(user.id).first_name == "Dan"

    def test_what_the_command_says_of_the_user_holds(self, company: Company) -> None:
        """An enrolment changes no user."""
        with company.store() as unit:
            user = unit.users.add(User(id=key_of("dan"), email="daniel@example.com", phone="1"))
            with pytest.raises(ConflictError) as caught:
                enrol(unit, enrolment("dan", phone="2"))

        assert str(caught.value) == (
            f"user {user.id} is stored already, with another email, phone; change the user first, or leave out what "
            "shall stay"
        )

    @pytest.mark.parametrize("seller", OwnSeller)
    def test_a_customer_goes_on_buying_for_own_use(self, company: Company, seller: OwnSeller) -> None:
        """Under themselves, or under the distributor as before: it is said."""
        former = FormerCustomer(customer_id=company.customer_of(company.ann), seller=seller)
        with company.store() as unit:
            before = unit.customers.get(former.customer_id)
            person = enrol(unit, enrolment("dan", former_customer=former))
            own = unit.customers.find_by_user(person.user_id)

        expected = person.user_id if seller == OwnSeller.THEMSELVES else company.ann
        assert own is not None
        assert (own.id, own.distributor_id, own.loyalty_points) == (before.id, expected, before.loyalty_points)

    def test_a_customer_is_one_user(self, company: Company) -> None:
        """Nobody takes over somebody else's orders, and nobody those of a stranger."""
        former = FormerCustomer(customer_id=company.customer_of(company.ann), seller=OwnSeller.THEMSELVES)
        with company.store() as unit:
            enrol(unit, enrolment("dan", former_customer=former))
        with company.store() as unit, pytest.raises(ConflictError) as caught:
            enrol(unit, enrolment("eve", former_customer=former))
        with pytest.raises(NotFoundError), company.store() as unit:
            enrol(unit, enrolment("fay", former_customer=evolve(former, customer_id=new_id())))

        assert str(caught.value) == (
            f"customer C-ann is user {key_of('dan')} already, and cannot be user {key_of('eve')} too"
        )
        with pytest.raises(InputError):
            enrolment("gus", former_customer=former, own_customer_number="C-gus")
