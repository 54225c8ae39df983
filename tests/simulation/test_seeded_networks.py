"""Seeded networks: the same on any machine, sound, and the same as files and as entities."""

import csv
import hashlib
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest

from mlmcore.domain.enums import PaymentStatus
from mlmcore.domain.ids import key_of
from mlmcore.domain.periods import Period
from mlmcore.genealogy import build_from_labels
from mlmcore.repositories.memory import MemoryStore
from mlmcore.simulation import SeededNetwork, entities_of, seeded_network, write_orders, write_people

MARCH = Period.parse("2026-03")
NETWORKS = [pytest.param(seeded_network(people, orders, period=MARCH, seed=seed), id=f"{people}-{orders}-{seed}")
            for people, orders, seed in ((1, 5, 1), (2, 40, 3), (60, 300, 1), (700, 2_000, 11))]  # fmt: skip


def files_of(network: SeededNetwork, folder: Path) -> tuple[bytes, bytes]:
    """The two CSV files."""
    write_people(network, folder / "people.csv")
    write_orders(network, folder / "orders.csv")
    return (folder / "people.csv").read_bytes(), (folder / "orders.csv").read_bytes()


def order_rows(network: SeededNetwork, folder: Path) -> list[dict[str, str]]:
    """The rows of the orders file."""
    return list(csv.DictReader(files_of(network, folder)[1].decode().splitlines()))


class TestSeed:
    def test_the_same_seed_gives_the_same_bytes_for_ever(self, tmp_path: Path) -> None:
        """Pinned: what a report or a benchmark says of a seed must be repeatable years later, on any machine."""
        people, orders = files_of(seeded_network(50, 200, period=MARCH, seed=5), tmp_path)

        assert hashlib.sha256(people).hexdigest() == "3bc0b5be038519d107ed1dde2142c3b4049e0eb592dc92d106342368c64199cd"
        assert hashlib.sha256(orders).hexdigest() == "b4acedc663978d309376eda39fc7a328767b7bc3cc5eda119078e4161558bcb4"

    def test_another_seed_gives_others(self, tmp_path: Path) -> None:
        """Both files differ."""
        one = files_of(seeded_network(50, 200, period=MARCH, seed=5), tmp_path)
        two = files_of(seeded_network(50, 200, period=MARCH, seed=6), tmp_path)

        assert one[0] != two[0]
        assert one[1] != two[1]

    def test_the_first_members_are_told_by_their_file(self, tmp_path: Path) -> None:
        """The header and the root, whole."""
        people, orders = files_of(seeded_network(50, 200, period=MARCH, seed=5), tmp_path)

        assert people.decode().splitlines()[:2] == [
            "id,status,joined,sponsor,enroller",
            "d000001,active,2025-01-25,,",
        ]
        assert orders.decode().splitlines()[0] == "id,date,seller,buyer,customer,refund_of,pv,cv"


class TestTrees:
    @pytest.mark.parametrize("network", NETWORKS)
    @pytest.mark.parametrize("tree", ["sponsor", "placement", "enroller"])
    def test_are_sound(self, network: SeededNetwork, tree: str) -> None:
        """They build: no cycle, no orphan, one root, and no leg in which two people stand."""
        ids = [member.id for member in network.members]
        uplines = [getattr(member, tree) for member in network.members]
        legs = [member.leg or 0 for member in network.members] if tree == "placement" else None

        built = build_from_labels(ids, ["" if upline is None else ids[upline] for upline in uplines], legs)

        assert (len(built), int((built.parent < 0).sum())) == (len(ids), 1)

    @pytest.mark.parametrize("network", NETWORKS)
    def test_placement_is_binary_and_below_the_sponsor(self, network: SeededNetwork) -> None:
        """Legs 1 and 2, each once, and spill-over goes down from the sponsor."""
        members = network.members
        places = Counter((member.placement, member.leg) for member in members[1:])

        strays = []
        for member in members[1:]:
            above = member.placement
            while above is not None and above != member.sponsor:
                above = members[above].placement
            strays += [member.id] if above is None else []

        assert strays == []
        assert set(places.values()) <= {1}
        assert {leg for _, leg in places} <= {1, 2}


class TestSales:
    def test_members_join_before_they_sell(self) -> None:
        """And every order and refund lies in the period; so many orders that the newest members sell too."""
        network = seeded_network(60, 20_000, period=MARCH, seed=2)
        early = [sale.id for sale in network.sales if network.members[sale.seller].joined > sale.day]
        outside = [
            sale.id for sale in network.sales if sale.day not in MARCH or (sale.returned_on or sale.day) not in MARCH
        ]

        assert (early, outside) == ([], [])

    @pytest.mark.parametrize("network", NETWORKS)
    def test_never_is_all_returned(self, network: SeededNetwork) -> None:
        """What comes back comes after the order, and something stays."""
        returns = [sale for sale in network.sales if sale.returned_on is not None]

        assert [s.id for s in returns if s.returned_on is None or s.returned_on <= s.day] == []
        assert [s.id for s in network.sales if not 0 <= s.returned < s.quantity] == []

    def test_some_come_back(self) -> None:
        """So that the rules above judge something."""
        network = seeded_network(60, 300, period=MARCH, seed=1)

        assert sum(sale.returned for sale in network.sales) > 0


class TestEntities:
    @pytest.mark.parametrize("network", NETWORKS)
    def test_agree_with_the_files(self, network: SeededNetwork, tmp_path: Path) -> None:
        """Orders and refunds by id: the day, the seller, who buys for own use, and both volumes."""
        entities = entities_of(network)
        own = {customer.id for customer in entities.customers if customer.user_id is not None}
        originals = {order.id: order for order in entities.orders}
        as_entities = {
            order.id: (order.paid_at.date().isoformat() if order.paid_at else "", order.distributor_id,
                       order.customer_id in own, order.items[0].pv, Decimal(str(order.volumes["cv"])))
            for order in entities.orders
        } | {
            refund.id: (refund.refunded_at.date().isoformat(), originals[refund.order_id].distributor_id,
                        originals[refund.order_id].customer_id in own, -refund.items[0].pv,
                        -Decimal(str(refund.volumes["cv"])))
            for refund in entities.refunds
        }  # fmt: skip

        as_files = {
            key_of(row["id"]): (row["date"], key_of(row["seller"]), row["buyer"] == row["seller"], Decimal(row["pv"]),
                                Decimal(row["cv"]))
            for row in order_rows(network, tmp_path)
        }  # fmt: skip

        assert as_entities == as_files

    @pytest.mark.parametrize("network", NETWORKS)
    def test_a_partly_refunded_order_says_so(self, network: SeededNetwork) -> None:
        """Its payment status, and a refund that names it."""
        entities = entities_of(network)
        partly = {order.id for order in entities.orders if order.payment_status is PaymentStatus.PARTIALLY_REFUNDED}

        assert partly == {refund.order_id for refund in entities.refunds}

    @pytest.mark.parametrize("network", NETWORKS)
    def test_can_be_stored(self, network: SeededNetwork) -> None:
        """In memory, in the order in which they are given: nothing refers to what is not there yet."""
        entities, store = entities_of(network), MemoryStore()

        with store() as unit:
            unit.users.add_many(entities.users, entities.profiles)
            unit.distributors.add_many(entities.distributors)
            unit.customers.add_many(entities.customers)
            unit.products.add_many(entities.products)
            unit.orders.add_many(entities.orders)
            for refund in entities.refunds:
                unit.orders.add_refund(refund)

        with store() as unit:
            stored = [unit.orders.get(order.id).total for order in entities.orders]
        assert stored == [order.total for order in entities.orders]
