"""People: users with their profiles, distributors in their trees, customers."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Protocol
from uuid import UUID

from mlmcore.domain.enums import CustomerStatus, DistributorStatus, GenealogyTree, UserStatus
from mlmcore.domain.money import Money
from mlmcore.domain.network import GenealogyMove
from mlmcore.domain.people import Distributor, Territory, User, UserProfile
from mlmcore.domain.sales import Customer
from mlmcore.repositories.filters import EVERY_USER, EVERYBODY, DistributorFilter, UserFilter
from mlmcore.repositories.placing import FreePlace, Spillover

__all__ = ["Customers", "Distributors", "Territories", "Users"]


class Users(Protocol):
    """Users and their profiles.

    - **U1** One e-mail in any case: `Ann@x.com` and `ann@X.com` are the same address. A load that is refused for it
      names who has whose, by their ids.
    - **U2** `find_by_email` finds an address in any case.
    - **U3** A user's status moves as `machines.USER` says.
    - **U4** A profile belongs to a stored user, and a user has at most one.
    - **U5** A profile's `kyc_status` moves as `machines.KYC` says.
    - **U6** `two_factor_secret`, `tax_id` and `kyc_documents` are secrets (A11), and `password_hash` appears in no
      audit row.
    - **U7** A page with a `UserFilter` has those for whom all its conditions hold, in the order of A7.
    - **U8** `lock` returns a user as it stands now. Of two units that lock or change one at once the second waits until
      the first has ended and then reads what that one kept, or gets `TransientError`.
    """

    def get(self, user_id: UUID, /) -> User:
        """Return a user."""
        ...

    def find(self, user_id: UUID, /) -> User | None:
        """Return a user, or None."""
        ...

    def find_by_email(self, email: str, /) -> User | None:
        """Return the user with this address in any case, or None."""
        ...

    def lock(self, user_id: UUID, /) -> User:
        """Return a user, whom nobody else changes until this unit ends (U8)."""
        ...

    def add(self, user: User, /) -> User:
        """Store a new user."""
        ...

    def add_many(self, users: Sequence[User], profiles: Sequence[UserProfile] = (), /) -> None:
        """Store many users and profiles of theirs."""
        ...

    def update(self, user: User, /) -> User:
        """Replace a stored user."""
        ...

    def list_by_status(self, status: UserStatus, /) -> tuple[User, ...]:
        """Return the users of a status, by id."""
        ...

    def page(self, after: UUID | None = None, limit: int = 100, *, where: UserFilter = EVERY_USER) -> tuple[User, ...]:
        """Return the next users by id, of all or of those that a filter picks (U7)."""
        ...

    def get_profile(self, user_id: UUID, /) -> UserProfile:
        """Return the profile of a user."""
        ...

    def find_profile(self, user_id: UUID, /) -> UserProfile | None:
        """Return the profile of a user, or None."""
        ...

    def add_profile(self, profile: UserProfile, /) -> UserProfile:
        """Store a new profile."""
        ...

    def update_profile(self, profile: UserProfile, /) -> UserProfile:
        """Replace a stored profile."""
        ...


class Distributors(Protocol):
    """Distributors, where they stand, and where they stood.

    - **D1** `distributor_number` is unique.
    - **D2** The user, sponsor, placement parent, enroller, rank and territory that are named are stored. Within
      `add_many` the rows may stand in any order, children before parents.
    - **D3** A chain of sponsors, of placement parents or of enrollers never comes back to where it began:
      `RefusedError`, whose message shows the loop from the first of those who are written, by id: `the sponsor tree
      would have a loop: D-2 -> D-1 -> D-2; ...`, each below the next; of more than 20 the first 10 and a count.
    - **D4** No two people hang in one leg of one placement parent (`ConflictError`).
    - **D5** `sponsor_leg` is the store's: 1, 2, 3 ... among the children of a sponsor in the order of joining (within
      one `add_many` by `join_date`, then number), None without a sponsor, and never given twice, not even after a
      move.
    - **D6** A change of sponsor, placement parent, placement leg or enroller is written down as a `GenealogyMove` for
      its tree, with who, when and why. `moved_at` is the unit's instant or later, and of two moves in one tree the
      later one has the later instant, also within one unit, whatever the clock says, so that as of any instant the
      tree is one that was. The `reason` that `update` is given is the reason of the moves it makes, and only theirs;
      an empty one is none, and where nobody moves it is written nowhere.
    - **D7** A distributor's status moves as `machines.DISTRIBUTOR` says.
    - **D8** The five volume columns change without an audit row; a change of nothing else writes none.
    - **D9** `move` changes where somebody stands in one tree and nothing else of the row, whatever others changed in it
      since the caller read it; where `update` would refuse (A14), it moves. Apart from that it keeps the promises of
      `update`. A leg is given in the placement tree below a
      parent, and nowhere else (`InputError`); the sponsor's is the store's.
    - **D10** A page with a `DistributorFilter` has those for whom all its conditions hold, in the order of A7. Who
      stands below somebody follows from the parents, whether paths are kept or not; below a stranger: `NotFoundError`.
    - **D11** `lock` returns a distributor as it stands now. Of two units that lock or change one at once the second
      waits until the first has ended and then reads what that one kept, or gets `TransientError`.
    - **D12** `lock_uplines` returns those of some people who are stored, as they stand now; until the unit ends nobody
      changes them or, where `lock` was given trees, anybody's place. Many units may enrol below one person at once.
    - **D13** `next_number` gives 1, 2, 3 ...: no number twice, to nobody else either, not even where the unit that drew
      it is undone, which leaves a gap. After `begin_numbers(at)` it gives no number below `at`.
    - **D14** `free_place` is the place in the placement tree that a `Spillover` means, or None where there is none;
      below a stranger `NotFoundError`. Volumes are those that are stored; legs beyond the width count for their groups.
      Of two units that ask at once the second waits until the first has ended, or gets `TransientError`: so both find
      a place of their own.
    """

    def get(self, user_id: UUID, /) -> Distributor:
        """Return a distributor."""
        ...

    def find(self, user_id: UUID, /) -> Distributor | None:
        """Return a distributor, or None."""
        ...

    def find_by_number(self, number: str, /) -> Distributor | None:
        """Return the distributor with this number, or None."""
        ...

    def lock(self, user_id: UUID, /, *, trees: Collection[GenealogyTree] = ()) -> Distributor:
        """Return a distributor, whom nobody else changes until this unit ends (D11).

        Args:
            user_id: Who.
            trees: In which trees nobody else is enrolled or moved either, until the unit ends.
        """
        ...

    def lock_uplines(self, sponsor_id: UUID | None, /, *others: UUID | None) -> Mapping[UUID, Distributor]:
        """Return the sponsor and the other uplines of somebody who is about to join, by id (D12)."""
        ...

    def next_number(self) -> int:
        """Return a number that nobody was given before (D13)."""
        ...

    def begin_numbers(self, at: int, /) -> None:
        """Let drawn numbers be at least that, for a company that brings numbers along (D13)."""
        ...

    def free_place(self, wanted: Spillover, /) -> FreePlace | None:
        """Return the place that a rule of spillover means, or None (D14)."""
        ...

    def add(self, distributor: Distributor, /) -> Distributor:
        """Store a new distributor."""
        ...

    def add_many(self, distributors: Sequence[Distributor], /) -> None:
        """Store many distributors, in any order."""
        ...

    def update(self, distributor: Distributor, /, *, reason: str | None = None) -> Distributor:
        """Replace a stored distributor; this is also how somebody is moved, and why (D6)."""
        ...

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
        """Put somebody, with the whole group, below another parent of a tree, or make a root of them (D9).

        Args:
            user_id: Who.
            tree: In which tree.
            parent_id: Below whom; None for a root.
            leg: In which leg, in the placement tree.
            reason: Why, for the record.

        Returns:
            The distributor as stored.
        """
        ...

    def list_by_sponsor(self, sponsor_id: UUID, /) -> tuple[Distributor, ...]:
        """Return the people whom somebody sponsors, by sponsor leg."""
        ...

    def list_by_status(self, status: DistributorStatus, /) -> tuple[Distributor, ...]:
        """Return the distributors of a status, by id."""
        ...

    def page(
        self, after: UUID | None = None, limit: int = 100, *, where: DistributorFilter = EVERYBODY
    ) -> tuple[Distributor, ...]:
        """Return the next distributors by id, of all or of those that a filter picks (D10)."""
        ...

    def list_moves(self, user_id: UUID, /) -> tuple[GenealogyMove, ...]:
        """Return somebody's moves, the oldest first, then by tree."""
        ...


class Customers(Protocol):
    """Customers; a distributor who buys for own use is one with `user_id` set (D12 of the schema's decisions).

    - **K1** `customer_number` is unique, and so is `user_id` where it is set.
    - **K2** The distributor and the user that are named are stored.
    - **K3** A customer's status moves as `machines.CUSTOMER` says.
    - **K4** `payment_methods` is a secret (A11).
    - **K5** `record_payment` and `record_refund` change what is stored, not what was read before: of several at once
      none is lost. The first payment says in which currency `lifetime_value` is counted (`lifetime_currency`); money in
      another is not counted in.
    """

    def get(self, customer_id: UUID, /) -> Customer:
        """Return a customer."""
        ...

    def find(self, customer_id: UUID, /) -> Customer | None:
        """Return a customer, or None."""
        ...

    def find_by_number(self, number: str, /) -> Customer | None:
        """Return the customer with this number, or None."""
        ...

    def find_by_user(self, user_id: UUID, /) -> Customer | None:
        """Return the customer that a distributor is, or None."""
        ...

    def add(self, customer: Customer, /) -> Customer:
        """Store a new customer."""
        ...

    def add_many(self, customers: Sequence[Customer], /) -> None:
        """Store many customers."""
        ...

    def update(self, customer: Customer, /) -> Customer:
        """Replace a stored customer."""
        ...

    def list_by_distributor(self, distributor_id: UUID, /) -> tuple[Customer, ...]:
        """Return a distributor's customers, by number."""
        ...

    def list_by_status(self, status: CustomerStatus, /) -> tuple[Customer, ...]:
        """Return the customers of a status, by id."""
        ...

    def page(self, after: UUID | None = None, limit: int = 100) -> tuple[Customer, ...]:
        """Return the next customers by id."""
        ...

    def record_payment(self, customer_id: UUID, amount: Money, day: date, /) -> Customer:
        """Add to what a customer has paid, and let the days of the first and last order hold this day (K5).

        Returns:
            The customer as stored afterwards.
        """
        ...

    def record_refund(self, customer_id: UUID, amount: Money, /) -> Customer:
        """Take what went back off what a customer has paid (K5); the days of the orders stay.

        Returns:
            The customer as stored afterwards.
        """
        ...


class Territories(Protocol):
    """Sales regions, which form a tree.

    - **F1** `code` is unique.
    - **F2** The parent that is named is stored.
    - **F3** A chain of parents never comes back to where it began: `RefusedError`, whose message shows the loop by
      code, each below the next, from the one that is written: `the territory tree would have a loop: B -> A -> B; ...`.
    - **F4** `list_within` is a territory and everything below it, by how far below, then code; `list_above` is what it
      lies in, the nearest first. Of a stranger both raise `NotFoundError`.
    """

    def get(self, territory_id: UUID, /) -> Territory:
        """Return a territory."""
        ...

    def find(self, territory_id: UUID, /) -> Territory | None:
        """Return a territory, or None."""
        ...

    def find_by_code(self, code: str, /) -> Territory | None:
        """Return the territory with this code, or None."""
        ...

    def add(self, territory: Territory, /) -> Territory:
        """Store a new territory."""
        ...

    def update(self, territory: Territory, /) -> Territory:
        """Replace a stored territory; this is also how one comes to lie in another."""
        ...

    def list_by_parent(self, parent_id: UUID | None, /) -> tuple[Territory, ...]:
        """Return the territories directly below one, or those below none, by code."""
        ...

    def list_within(self, territory_id: UUID, /) -> tuple[Territory, ...]:
        """Return a territory and everything below it (F4)."""
        ...

    def list_above(self, territory_id: UUID, /) -> tuple[Territory, ...]:
        """Return the territories in which one lies (F4)."""
        ...

    def page(self, after: UUID | None = None, limit: int = 100) -> tuple[Territory, ...]:
        """Return the next territories by id."""
        ...
