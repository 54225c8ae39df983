"""Enrolling somebody."""

import pytest
from attrs import evolve

from mlmcore.domain.enums import DistributorStatus
from mlmcore.domain.errors import BrokenReferenceError, ConflictError, RefusedError
from mlmcore.domain.ids import key_of, new_id
from mlmcore.operations.enrolment import enrol
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
