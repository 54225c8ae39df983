"""A seeded network with a month of orders: the same seed gives the same network, on any machine.

For the demo, for a first try, for benchmarks. People join by preferential attachment, so that a few sponsor many;
placement spills down a binary tree below the sponsor; most are enrolled by their sponsor. Nobody here exists.
"""

import random
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from attrs import frozen

from mlmcore.domain.periods import Period

__all__ = ["CATALOGUE", "Member", "Sale", "SeededNetwork", "Ware", "seeded_network"]


@frozen(kw_only=True)
class Ware:
    """Something that is sold: its price and volumes are of one piece."""

    sku: str
    name: str
    price: Decimal
    pv: Decimal
    cv: Decimal


@frozen(kw_only=True)
class Member:
    """One person; uplines are positions in `SeededNetwork.members`, always earlier ones."""

    id: str
    joined: date
    sponsor: int | None
    placement: int | None
    leg: int | None
    enroller: int | None


@frozen(kw_only=True)
class Sale:
    """One order of one ware.

    Attributes:
        id: `o000001`.
        day: When it was paid.
        seller: Position of the member who is credited.
        own: Whether the seller buys for own use; otherwise a customer does.
        customer: The customer's id.
        ware: What was sold.
        quantity: How many pieces.
        returned: How many of them came back; never all.
        returned_on: The day on which they did, or None.
    """

    id: str
    day: date
    seller: int
    own: bool
    customer: str
    ware: Ware
    quantity: int
    returned: int
    returned_on: date | None


@frozen(kw_only=True)
class SeededNetwork:
    """Everything that a month needs."""

    period: Period
    members: Sequence[Member]
    sales: Sequence[Sale]


def _ware(sku: str, name: str, price: str, pv: str, cv: str) -> Ware:
    return Ware(sku=sku, name=name, price=Decimal(price), pv=Decimal(pv), cv=Decimal(cv))


CATALOGUE: Final = (
    _ware("TEA-100", "Green tea", "24.90", "18.00", "19.92"),
    _ware("SOAP-3", "Olive soap, three bars", "14.50", "10.00", "11.60"),
    _ware("CREAM-50", "Hand cream", "39.00", "30.00", "31.20"),
    _ware("VIT-60", "Vitamin tablets", "54.95", "45.00", "43.96"),
    _ware("FILTER-1", "Water filter", "189.00", "150.00", "151.20"),
    _ware("KIT-1", "Starter kit", "119.00", "90.00", "95.20"),
)
"""What is sold."""

_DAYS_BEFORE: Final = 400
"""The first members joined so long before the period."""


def seeded_network(people: int, orders: int, *, period: Period, seed: int = 1) -> SeededNetwork:
    """Make a network.

    Args:
        people: How many members, at least 1.
        orders: How many orders in the period; a piece of about one in a hundred comes back in it.
        period: When.
        seed: Another number gives another network.
    """
    # Only `random()` is used: of all that random.Random offers, its stream alone is promised to stay.
    chance = random.Random(seed)  # noqa: S311  (nothing secret here)
    members = _members(people, period, chance)
    return SeededNetwork(period=period, members=members, sales=_sales(orders, members, period, chance))


def _below(chance: random.Random, count: int) -> int:
    return int(chance.random() * count)


def _members(count: int, period: Period, chance: random.Random) -> list[Member]:
    first = period.start - timedelta(days=_DAYS_BEFORE)
    days = _DAYS_BEFORE + (period.end - period.start).days // 2
    members: list[Member] = []
    pool: list[int] = []  # a member stands in it once, and once more for everybody sponsored
    places: list[list[int | None]] = []
    for position in range(count):
        joined = first + timedelta(days=days * position // count)
        name = f"d{position + 1:06d}"
        if not members:
            members.append(Member(id=name, joined=joined, sponsor=None, placement=None, leg=None, enroller=None))
        else:
            sponsor = pool[_below(chance, len(pool))]
            placement, leg = _open_place(sponsor, places, chance)
            places[placement][leg - 1] = position
            enroller = sponsor if chance.random() < 0.9 else _below(chance, position)
            members.append(
                Member(id=name, joined=joined, sponsor=sponsor, placement=placement, leg=leg, enroller=enroller)
            )
            pool.append(sponsor)
        pool.append(position)
        places.append([None, None])
    return members


def _open_place(sponsor: int, places: list[list[int | None]], chance: random.Random) -> tuple[int, int]:
    """Spill down from the sponsor, at each full place into either leg, to one that is open."""
    here = sponsor
    while True:
        leg = 1 + _below(chance, 2)
        for candidate in (leg, 3 - leg):
            if places[here][candidate - 1] is None:
                return here, candidate
        child = places[here][leg - 1]
        here = here if child is None else child


def _sales(count: int, members: Sequence[Member], period: Period, chance: random.Random) -> list[Sale]:
    days = (period.end - period.start).days
    sales = []
    for number in range(count):
        day = period.start + timedelta(days=days * number // max(count, 1))
        position = _seller(members, day, chance)
        own = chance.random() < 0.6
        customer = members[position].id if own else f"{members[position].id}-c{1 + _below(chance, 4)}"
        quantity = 1 + _below(chance, 3)
        back = day + timedelta(days=1 + _below(chance, 10))
        returns = chance.random() < 0.02 and quantity > 1 and back in period
        sales.append(
            Sale(
                id=f"o{number + 1:06d}",
                day=day,
                seller=position,
                own=own,
                customer=customer,
                ware=CATALOGUE[_below(chance, len(CATALOGUE))],
                quantity=quantity,
                returned=1 if returns else 0,
                returned_on=back if returns else None,
            )
        )
    return sales


def _seller(members: Sequence[Member], day: date, chance: random.Random) -> int:
    """Somebody who had joined by then; older members sell more often."""
    while True:
        position = int(chance.random() * chance.random() * len(members))
        if members[position].joined <= day:
            return position
