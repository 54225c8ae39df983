"""What a repository of erasures promises."""
# ruff: noqa: S101 - a contract is a test that ships with the library

from uuid import UUID

from attrs import evolve

from mlmcore.domain.errors import RefusedError
from mlmcore.domain.ids import new_id
from mlmcore.domain.people import UserProfile
from mlmcore.domain.personal import erased_address
from mlmcore.repositories.protocols import Actor, UnitOfWork, UnitOfWorkFactory
from mlmcore.testing.contracts._support import a_payout, a_period, a_refund, a_user, an_order, make_shop, raises

__all__ = ["ErasuresContract"]


def _a_person(unit: UnitOfWork) -> UUID:
    """Store somebody with everything that a user may have."""
    user = unit.users.add(a_user(phone="+1 555 0100", password_hash="hash", two_factor_secret="JBSWY3DP"))  # noqa: S106
    unit.users.add_profile(
        UserProfile(user_id=user.id, first_name="Ann", tax_id="12-345", kyc_documents=({"no": "X1"},), locale="de-DE")
    )
    return user.id


class ErasuresContract:
    """Subclass it with the fixture `unit_of_work` (with a cipher)."""

    def test_personal_values_and_secrets_go_and_all_else_stays(self, unit_of_work: UnitOfWorkFactory) -> None:
        """I1: in the rows that are named; who is not there is passed over."""
        with unit_of_work() as unit:
            person, other = _a_person(unit), _a_person(unit)
            user, profile, bystander = unit.users.get(person), unit.users.get_profile(person), unit.users.get(other)
        with unit_of_work() as unit:
            counts = unit.erasures.erase(
                "users", person, {"users": [person], "user_profiles": {person, new_id()}}, reason="asked for it"
            )
            assert counts == {"users": 1, "user_profiles": 1}
            assert unit.users.get(person) == evolve(
                user,
                email=erased_address(person),
                phone=None,
                password_hash=None,
                two_factor_secret=None,
                updated_at=unit.now,
            )
            assert unit.users.get_profile(person) == evolve(
                profile, first_name=None, tax_id=None, kyc_documents=None, updated_at=unit.now
            )
            assert unit.users.get(other) == bystander
            assert unit.users.find_by_email(user.email) is None
            assert unit.users.find_by_email(erased_address(person)) is not None
            unit.users.add(a_user(email=user.email))

    def test_what_was_erased_before_stays_as_it_is(self, unit_of_work: UnitOfWorkFactory) -> None:
        """I1: it counts, and is not changed once more."""
        with unit_of_work() as unit:
            person = _a_person(unit)
        with unit_of_work() as unit:
            unit.erasures.erase("users", person, {"users": [person]}, reason="asked for it")
            erased = unit.users.get(person)
        with unit_of_work() as unit:
            counts = unit.erasures.erase("users", person, {"users": [person]}, reason="asked again")
            assert counts == {"users": 1}
            assert unit.users.get(person) == erased

    def test_a_secret_may_be_kept(self, unit_of_work: UnitOfWorkFactory) -> None:
        """I1: the one that is named."""
        with unit_of_work() as unit:
            person = _a_person(unit)
            unit.erasures.erase(
                "users",
                person,
                {"users": [person], "user_profiles": [person]},
                reason="asked for it",
                keep=["user_profiles.tax_id"],
            )
            profile = unit.users.get_profile(person)
            assert (profile.tax_id, profile.kyc_documents, profile.first_name) == ("12-345", None, None)

    def test_orders_refunds_and_payouts_keep_their_money(self, unit_of_work: UnitOfWorkFactory) -> None:
        """I1: also where nothing else may change a row."""
        with unit_of_work() as unit:
            shop = make_shop(unit)
            unit.periods.add(a_period())
            order = unit.orders.add(an_order(shop, notes="ring twice"))
            refund = unit.orders.add_refund(a_refund(order, reason="Ann was ill"))
            payout = unit.payouts.add(a_payout(shop.distributor, bank_details={"iban": "DE00"}))
            rows = {
                "customers": [shop.customer.id],
                "orders": [order.id],
                "order_refunds": [refund.id],
                "payouts": [payout.id],
            }
            unit.erasures.erase("customers", shop.customer.id, rows, reason="asked for it")
            assert unit.orders.get(order.id) == evolve(
                order, shipping_address={}, billing_address={}, notes=None, updated_at=unit.now
            )
            assert unit.orders.list_refunds(order.id) == (evolve(refund, reason=None),)
            assert unit.payouts.get(payout.id) == evolve(payout, bank_details=None)
            assert unit.customers.get(shop.customer.id).email == erased_address(shop.customer.id)

    def test_one_audit_row_says_so(self, unit_of_work: UnitOfWorkFactory) -> None:
        """I3, E3: who, why, and how many rows; and it is found by it."""
        with unit_of_work() as unit:
            person, clerk = _a_person(unit), _a_person(unit)
            assert unit.erasures.find("users", person) is None
            before = len(unit.audit.list_by_entity("user_profiles", person))
        with unit_of_work(Actor(user_id=clerk)) as unit:
            unit.erasures.erase("users", person, {"users": [person], "user_profiles": [person]}, reason="by law")
            row = unit.audit.list_by_entity("users", person)[-1]
            assert (row.action, row.actor_id, row.before_data) == ("erase", clerk, None)
            assert row.after_data == {"rows": {"user_profiles": 1, "users": 1}, "reason": "by law", "kept": []}
            assert len(unit.audit.list_by_entity("user_profiles", person)) == before
            assert unit.erasures.find("users", person) == {"user_profiles": 1, "users": 1}

    def test_what_cannot_be_erased_is_refused(self, unit_of_work: UnitOfWorkFactory) -> None:
        """I4, A12: everything at once, and nothing is erased."""
        with unit_of_work() as unit:
            person = _a_person(unit)
            before = unit.users.get(person)
            with raises(RefusedError) as refused:
                unit.erasures.erase(
                    "users", person, {"ranks": [], "user_profiles": [person]}, reason=" ", keep=["users.email"]
                )
            assert refused.text == (
                "nothing is erased: ranks holds nothing personal; users.email is no secret that could be kept; "
                f"the row {person} of users is not among the rows; the reason says nothing"
            )
            assert unit.users.get(person) == before
