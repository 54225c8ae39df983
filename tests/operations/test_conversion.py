"""Whom contacts become."""

from typing import Any

import pytest
from attrs import evolve

from mlmcore.domain.enums import ContactStatus, DistributorStatus
from mlmcore.domain.errors import ConflictError, IllegalMoveError, NotFoundError, RefusedError
from mlmcore.domain.ids import key_of, new_id
from mlmcore.operations.contacts import add_contact, lose_contact, record_activity
from mlmcore.operations.conversion import convert_contact, mark_enrolled, match_contact
from mlmcore.operations.enrolment import FormerCustomer, OwnSeller, enrol
from operations.company import Company, enrolment
from operations.crm_stage import DAY, NINE, ZOE, conversion, new_contact, qualified, talk


class TestConvert:
    """`convert_contact`."""

    def test_a_contact_becomes_a_customer(self, company: Company) -> None:
        """With number, seller and address, and the contact says so."""
        with company.store() as unit:
            qualified(unit, company, phone="+1 555 1")
            customer = convert_contact(unit, conversion(company, first_name="Zoe"))
            contact = unit.contacts.get(ZOE)

        assert (customer.customer_number, customer.distributor_id) == ("C-zoe", company.ann)
        assert (customer.email, customer.phone) == ("zoe@example.com", "+1 555 1")
        assert (customer.first_name, customer.last_name) == ("Zoe", None)
        assert (contact.status, contact.converted_to_customer_id) == (ContactStatus.WON, customer.id)
        assert contact.converted_at == NINE + DAY
        assert contact.last_activity_at == NINE

    def test_it_leaves_audit_rows_of_both(self, company: Company) -> None:
        """In one unit."""
        with company.store() as unit:
            qualified(unit, company)
        with company.store() as unit:
            customer = convert_contact(unit, conversion(company))
            rows = [row for row in unit.audit.list_by_actor(None) if row.created_at == unit.now]

        assert [(row.entity_type, row.action) for row in rows] == [("customers", "insert"), ("contacts", "update")]
        assert rows[1].after_data == {
            "status": "won",
            "converted_at": "2026-04-02T09:00:00+00:00",
            "converted_to_customer_id": str(customer.id),
        }

    def test_the_same_command_changes_nothing(self, company: Company) -> None:
        """Also at another instant, as when a host tries again, and after they enrolled."""
        with company.store() as unit:
            qualified(unit, company)
            first = convert_contact(unit, conversion(company))
            mark_enrolled(unit, ZOE, enrol(unit, enrolment("zoe")).user_id)
        before = company.store.as_dict()

        with company.store() as unit:
            assert convert_contact(unit, conversion(company)) == first
            assert convert_contact(unit, conversion(company, converted_at=NINE + 2 * DAY)) == first

        assert company.store.as_dict() == before

    def test_a_contact_makes_one_customer(self, company: Company) -> None:
        """Another number is refused with the one that there is, and another seller too."""
        with company.store() as unit:
            qualified(unit, company)
            convert_contact(unit, conversion(company))
            with pytest.raises(ConflictError) as number:
                convert_contact(unit, conversion(company, customer_number="C-2"))
            with pytest.raises(ConflictError) as seller:
                convert_contact(unit, conversion(company, distributor_id=company.bob))
            assert unit.customers.find_by_number("C-2") is None

        assert str(number.value) == (
            f"contact {ZOE} became customer C-zoe on 2026-04-02T09:00:00+00:00; a contact makes one customer"
        )
        assert str(seller.value) == (
            f"contact {ZOE} became customer C-zoe already, whose distributor is {company.ann} and not {company.bob}"
        )

    def test_a_number_that_is_taken_leaves_the_contact_as_it_was(self, company: Company) -> None:
        """And no customer, also within the unit."""
        with company.store() as unit:
            contact = qualified(unit, company)
            with pytest.raises(ConflictError):
                convert_contact(unit, conversion(company, customer_number="C-ann"))
            assert unit.contacts.get(ZOE) == contact
            assert len(unit.customers.list_by_distributor(company.ann)) == 1

    def test_whoever_has_not_come_so_far_is_no_customer(self, company: Company) -> None:
        """New, or lost; nothing is stored."""
        with company.store() as unit:
            add_contact(unit, new_contact(company))
            with pytest.raises(IllegalMoveError):
                convert_contact(unit, conversion(company))
            record_activity(unit, talk(status=ContactStatus.QUALIFIED))
            lose_contact(unit, ZOE, lost_at=NINE + DAY, next_follow_up=None)
            with pytest.raises(IllegalMoveError):
                convert_contact(unit, conversion(company))
            assert unit.customers.find_by_number("C-zoe") is None

    def test_a_customer_has_an_address(self, company: Company) -> None:
        """The contact's, or the one given."""
        with company.store() as unit:
            qualified(unit, company, email=None)
            with pytest.raises(RefusedError) as caught:
                convert_contact(unit, conversion(company))
            given = convert_contact(unit, conversion(company, email="z@example.com"))

        assert str(caught.value) == f"contact {ZOE} has no e-mail, and a customer has one; give it as email"
        assert given.email == "z@example.com"

    def test_nobody_becomes_a_customer_of_somebody_who_is_terminated(self, company: Company) -> None:
        """Nor of nobody."""
        with company.store() as unit:
            qualified(unit, company)
            unit.distributors.update(evolve(unit.distributors.get(company.cid), status=DistributorStatus.TERMINATED))
            with pytest.raises(RefusedError) as caught:
                convert_contact(unit, conversion(company, distributor_id=company.cid))
            with pytest.raises(NotFoundError):
                convert_contact(unit, conversion(company, distributor_id=new_id()))

        assert str(caught.value) == f"contact {ZOE} cannot become a customer of D-cid, who is terminated"


class TestMatch:
    """`match_contact`."""

    def test_a_contact_is_a_customer_who_is_there_already(self, company: Company) -> None:
        """Repeated, it changes nothing."""
        with company.store() as unit:
            qualified(unit, company)
            customer = company.customer_of(company.bob)
            contact = match_contact(unit, ZOE, customer, converted_at=NINE)

            assert (contact.status, contact.converted_to_customer_id) == (ContactStatus.WON, customer)
            assert match_contact(unit, ZOE, customer, converted_at=NINE + DAY) == contact

    def test_a_contact_is_one_customer_and_a_customer_one_contact(self, company: Company) -> None:
        """It says which."""
        other = key_of("other")
        with company.store() as unit:
            qualified(unit, company)
            match_contact(unit, ZOE, company.customer_of(company.bob), converted_at=NINE)
            add_contact(unit, new_contact(company, id=other))
            record_activity(unit, talk(contact_id=other, status=ContactStatus.QUALIFIED))
            with pytest.raises(ConflictError) as second:
                match_contact(unit, ZOE, company.customer_of(company.ann), converted_at=NINE)
            with pytest.raises(ConflictError) as taken:
                match_contact(unit, other, company.customer_of(company.bob), converted_at=NINE)

        assert str(second.value) == (
            f"contact {ZOE} became customer C-bob on 2026-04-01T09:00:00+00:00; a contact makes one customer"
        )
        assert str(taken.value) == (
            f"contact {other} cannot become customer C-bob: contact {ZOE} did; a customer came of one contact"
        )


class TestEnrolled:
    """`mark_enrolled`."""

    @pytest.mark.parametrize("a_customer_before", [True, False])
    def test_a_contact_becomes_a_distributor(self, company: Company, a_customer_before: bool) -> None:
        """With `enrol`, in one unit; the customer that they were stays."""
        with company.store() as unit:
            qualified(unit, company)
            customer = convert_contact(unit, conversion(company)) if a_customer_before else None
            person = enrol(unit, enrolment("zoe", sponsor_id=company.ann))
            contact = mark_enrolled(unit, ZOE, person.user_id)

            assert (contact.status, contact.enrolled_as_id) == (ContactStatus.ENROLLED, person.user_id)
            assert contact.converted_to_customer_id == (customer.id if customer else None)
            assert unit.contacts.find_by_distributor(person.user_id) == contact
            assert unit.customers.find_by_user(person.user_id) is None
            assert mark_enrolled(unit, ZOE, person.user_id) == contact

    def test_a_contact_is_one_distributor_and_a_distributor_one_contact(self, company: Company) -> None:
        """It says which."""
        other = key_of("other")
        with company.store() as unit:
            qualified(unit, company)
            mark_enrolled(unit, ZOE, company.bob)
            add_contact(unit, new_contact(company, id=other))
            record_activity(unit, talk(contact_id=other, status=ContactStatus.QUALIFIED))
            with pytest.raises(ConflictError) as second:
                mark_enrolled(unit, ZOE, company.cid)
            with pytest.raises(ConflictError) as taken:
                mark_enrolled(unit, other, company.bob)

        assert str(second.value) == f"contact {ZOE} became distributor D-bob already, and not D-cid"
        assert str(taken.value) == (
            f"contact {other} cannot become distributor D-bob: contact {ZOE} did; a distributor came of one contact"
        )

    def test_a_customer_goes_on_as_a_distributor_of_their_own(self, company: Company) -> None:
        """`enrol` says under whom they buy from now on."""
        with company.store() as unit:
            qualified(unit, company)
            customer = convert_contact(unit, conversion(company))
            former = FormerCustomer(customer_id=customer.id, seller=OwnSeller.THEMSELVES)
            person = enrol(unit, enrolment("zoe", sponsor_id=company.ann, email=customer.email, former_customer=former))
            contact = mark_enrolled(unit, ZOE, person.user_id)

            assert unit.customers.find_by_user(person.user_id) == unit.customers.get(customer.id)
            assert contact.converted_to_customer_id == customer.id

    def test_a_contact_is_not_two_people(self, company: Company) -> None:
        """As a customer one distributor, and as a distributor another."""
        with company.store() as unit:
            qualified(unit, company)
            customer = unit.customers.get(company.customer_of(company.bob))
            unit.customers.update(evolve(customer, user_id=company.bob))
            match_contact(unit, ZOE, customer.id, converted_at=NINE)
            with pytest.raises(ConflictError) as caught:
                mark_enrolled(unit, ZOE, company.cid)

        assert str(caught.value) == (
            f"contact {ZOE} cannot become distributor D-cid: it is customer C-bob, who is distributor {company.bob}"
        )

    @pytest.mark.parametrize("changes", [{}, {"status": ContactStatus.LOST}])
    def test_whoever_has_not_come_so_far_did_not_join(self, company: Company, changes: dict[str, Any]) -> None:
        """New, or lost."""
        with company.store() as unit:
            add_contact(unit, new_contact(company))
            record_activity(unit, talk(**changes))
            with pytest.raises(IllegalMoveError):
                mark_enrolled(unit, ZOE, company.bob)

    def test_a_distributor_is_stored(self, company: Company) -> None:
        """A user alone is none."""
        with company.store() as unit:
            qualified(unit, company)
            with pytest.raises(NotFoundError):
                mark_enrolled(unit, ZOE, new_id())
