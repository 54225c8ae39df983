"""Users, profiles, distributors and customers in memory."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Final
from uuid import UUID

from attrs import evolve

from mlmcore.domain import machines
from mlmcore.domain.enums import CustomerStatus, DistributorStatus, GenealogyTree, UserStatus
from mlmcore.domain.money import Money
from mlmcore.domain.network import GenealogyMove
from mlmcore.domain.people import Distributor, User, UserProfile
from mlmcore.domain.sales import Customer
from mlmcore.repositories.filters import EVERY_USER, EVERYBODY, DistributorFilter, UserFilter
from mlmcore.repositories.memory._context import Context
from mlmcore.repositories.memory._picking import picks_distributor, picks_user
from mlmcore.repositories.memory._rows import Aggregate, Rows, Table
from mlmcore.repositories.memory._trees import TreeKeeper
from mlmcore.repositories.network_rules import checked_start, moved
from mlmcore.repositories.placing import FreePlace, Spillover
from mlmcore.repositories.shared_emails import SHOWN, SharedEmail, SharedEmails, naming_shared_emails

__all__ = ["MemoryCustomers", "MemoryDistributors", "MemoryUsers"]

_USERS: Final[Table[User]] = Table(
    name="users",
    entity="user",
    key=lambda user: user.id,
    uniques={"email": lambda user: user.email.lower()},
    references={"created_by": "users"},
    machines={"status": machines.USER},
)
_PROFILES: Final[Table[UserProfile]] = Table(
    name="user_profiles",
    entity="profile of user",
    key=lambda profile: profile.user_id,
    references={"user_id": "users"},
    machines={"kyc_status": machines.KYC},
)
_DISTRIBUTORS: Final[Table[Distributor]] = Table(
    name="distributors",
    entity="distributor",
    key=lambda distributor: distributor.user_id,
    uniques={
        "distributor_number": lambda distributor: distributor.distributor_number,
        "placement_id_placement_leg": lambda distributor: (
            (distributor.placement_id, distributor.placement_leg) if distributor.placement_id else None
        ),
    },
    references={
        "user_id": "users",
        "sponsor_id": "distributors",
        "placement_id": "distributors",
        "enroller_id": "distributors",
        "rank_id": "ranks",
        "territory_id": "territories",
    },
    machines={"status": machines.DISTRIBUTOR},
)
_CUSTOMERS: Final[Table[Customer]] = Table(
    name="customers",
    entity="customer",
    key=lambda customer: customer.id,
    uniques={
        "customer_number": lambda customer: customer.customer_number,
        "user_id": lambda customer: customer.user_id,
    },
    references={"distributor_id": "distributors", "user_id": "users"},
    machines={"status": machines.CUSTOMER},
)


class MemoryUsers(Aggregate[User]):
    """Users and profiles; see `protocols.Users`."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._rows = Rows(context, _USERS)
        self._profiles = Rows(context, _PROFILES)

    def find_by_email(self, email: str, /) -> User | None:
        """Return the user with this address in any case, or None."""
        return self._rows.find_by("email", email.lower())

    def lock(self, user_id: UUID, /) -> User:
        """Return a user; of two units that change anything at once the later to end is undone."""
        return self._rows.get(user_id)

    def add_many(self, users: Sequence[User], profiles: Sequence[UserProfile] = (), /) -> None:
        """Store many users and profiles of theirs."""
        with naming_shared_emails(lambda: self._shared_emails(users)), self._context.state.savepoint():
            self._rows.add_many(users)
            self._profiles.add_many(profiles)

    def list_by_status(self, status: UserStatus, /) -> tuple[User, ...]:
        """Return the users of a status, by id."""
        return self._rows.select(lambda user: user.status == status)

    def page(self, after: UUID | None = None, limit: int = 100, *, where: UserFilter = EVERY_USER) -> tuple[User, ...]:
        """Return the next users by id, of all or of those that a filter picks."""
        return self._rows.page(after, limit, None if where == EVERY_USER else partial(picks_user, where))

    def get_profile(self, user_id: UUID, /) -> UserProfile:
        """Return the profile of a user."""
        return self._profiles.get(user_id)

    def find_profile(self, user_id: UUID, /) -> UserProfile | None:
        """Return the profile of a user, or None."""
        return self._profiles.find(user_id)

    def add_profile(self, profile: UserProfile, /) -> UserProfile:
        """Store a new profile."""
        return self._profiles.add(profile)

    def update_profile(self, profile: UserProfile, /) -> UserProfile:
        """Replace a stored profile."""
        return self._profiles.update(profile)

    def _shared_emails(self, users: Sequence[User]) -> SharedEmails:
        found: list[SharedEmail] = []
        before: dict[str, UUID] = {}
        for user in users:
            holder = self.find_by_email(user.email)
            first = before.setdefault(user.email.lower(), user.id)
            other = holder.id if holder else first
            if other != user.id:
                found.append(SharedEmail(user_id=user.id, other_id=other, stored=holder is not None))
        return SharedEmails(shown=found[:SHOWN], count=len(found))


class MemoryDistributors(Aggregate[Distributor]):
    """Distributors and their moves; see `protocols.Distributors`."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._rows = Rows(context, _DISTRIBUTORS)
        self._trees = TreeKeeper(context)

    def find_by_number(self, number: str, /) -> Distributor | None:
        """Return the distributor with this number, or None."""
        return self._rows.find_by("distributor_number", number)

    def lock(self, user_id: UUID, /, *, trees: Collection[GenealogyTree] = ()) -> Distributor:
        """Return a distributor; of two units that change anything at once the later to end is undone."""
        return self._rows.get(user_id)

    def lock_uplines(self, sponsor_id: UUID | None, /, *others: UUID | None) -> Mapping[UUID, Distributor]:
        """Return the sponsor and the other uplines of somebody who is about to join, by id."""
        found = (self._rows.find(key) for key in {sponsor_id, *others} if key is not None)
        return {person.user_id: person for person in found if person is not None}

    def next_number(self) -> int:
        """Return a number that nobody was given before."""
        return self._context.numbers.draw()

    def begin_numbers(self, at: int, /) -> None:
        """Let drawn numbers be at least that."""
        self._context.numbers.begin(checked_start(at))

    def free_place(self, wanted: Spillover, /) -> FreePlace | None:
        """Return the place that a rule of spillover means, or None."""
        self._rows.get(wanted.under_id)
        return self._trees.free_place(wanted)

    def add(self, distributor: Distributor, /) -> Distributor:
        """Store a new distributor."""
        with self._context.state.savepoint():
            return self._rows.add(self._trees.with_sponsor_leg(distributor))

    def add_many(self, distributors: Sequence[Distributor], /) -> None:
        """Store many distributors, in any order."""
        with self._context.state.savepoint():
            joined = sorted(distributors, key=lambda person: (person.join_date, person.distributor_number))
            self._rows.add_many([self._trees.with_sponsor_leg(person) for person in joined])
            self._trees.check_loops([person.user_id for person in joined])

    def update(self, distributor: Distributor, /, *, reason: str | None = None) -> Distributor:
        """Replace a stored distributor; this is also how somebody is moved, and why."""
        before = self._rows.get(distributor.user_id)
        with self._context.state.savepoint():
            if distributor.sponsor_id == before.sponsor_id:
                distributor = evolve(distributor, sponsor_leg=before.sponsor_leg)
            else:
                distributor = self._trees.with_sponsor_leg(distributor)
            stored = self._rows.update(distributor)
            self._trees.check_loops([stored.user_id])
            self._trees.record_moves(before, stored, reason)
        return stored

    def move(
        self,
        user_id: UUID,
        tree: GenealogyTree,
        parent_id: UUID | None,
        leg: int | None = None,
        /,
        *,
        reason: str | None = None,
    ) -> Distributor:
        """Put somebody, with the whole group, below another parent of a tree, or make a root of them."""
        return self.update(moved(self._rows.get(user_id), tree, parent_id, leg), reason=reason)

    def list_by_sponsor(self, sponsor_id: UUID, /) -> tuple[Distributor, ...]:
        """Return the people whom somebody sponsors, by sponsor leg."""
        return self._rows.select(lambda person: person.sponsor_id == sponsor_id, lambda person: person.sponsor_leg)

    def list_by_status(self, status: DistributorStatus, /) -> tuple[Distributor, ...]:
        """Return the distributors of a status, by id."""
        return self._rows.select(lambda person: person.status == status)

    def page(
        self, after: UUID | None = None, limit: int = 100, *, where: DistributorFilter = EVERYBODY
    ) -> tuple[Distributor, ...]:
        """Return the next distributors by id, of all or of those that a filter picks."""
        if where == EVERYBODY:
            return self._rows.page(after, limit)
        below = None if where.below is None else self._trees.ids_below(where.below)
        return self._rows.page(after, limit, partial(picks_distributor, where, below))

    def list_moves(self, user_id: UUID, /) -> tuple[GenealogyMove, ...]:
        """Return somebody's moves, the oldest first, then by tree."""
        return self._trees.list_moves(user_id)


class MemoryCustomers(Aggregate[Customer]):
    """Customers; see `protocols.Customers`."""

    def __init__(self, context: Context) -> None:
        self._rows = Rows(context, _CUSTOMERS)

    def find_by_number(self, number: str, /) -> Customer | None:
        """Return the customer with this number, or None."""
        return self._rows.find_by("customer_number", number)

    def find_by_user(self, user_id: UUID, /) -> Customer | None:
        """Return the customer that a distributor is, or None."""
        return self._rows.find_by("user_id", user_id)

    def list_by_distributor(self, distributor_id: UUID, /) -> tuple[Customer, ...]:
        """Return a distributor's customers, by number."""
        return self._rows.select(
            lambda customer: customer.distributor_id == distributor_id,
            lambda customer: customer.customer_number,
        )

    def list_by_status(self, status: CustomerStatus, /) -> tuple[Customer, ...]:
        """Return the customers of a status, by id."""
        return self._rows.select(lambda customer: customer.status == status)

    def record_payment(self, customer_id: UUID, amount: Money, day: date, /) -> Customer:
        """Add to what a customer has paid."""
        customer = self.get(customer_id)
        currency = customer.lifetime_currency or amount.currency
        counted = amount.amount if amount.currency == currency else Decimal(0)
        return self.update(
            evolve(
                customer,
                lifetime_value=customer.lifetime_value + counted,
                lifetime_currency=currency,
                first_order_date=min(customer.first_order_date or day, day),
                last_order_date=max(customer.last_order_date or day, day),
            )
        )

    def record_refund(self, customer_id: UUID, amount: Money, /) -> Customer:
        """Take what went back off what a customer has paid."""
        customer = self.get(customer_id)
        if customer.lifetime_currency != amount.currency:
            return customer
        return self.update(evolve(customer, lifetime_value=customer.lifetime_value - amount.amount))
