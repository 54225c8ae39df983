"""A seeded network as the files that `mlmcore run` reads: people and orders with the volumes `pv` and `cv`."""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from mlmcore.simulation.network import Member, Sale, SeededNetwork

__all__ = ["write_orders", "write_people"]


def write_people(network: SeededNetwork, path: Path) -> None:
    """Write `id, status, joined, sponsor, enroller`."""
    members = network.members

    def upline(position: int | None) -> str:
        return "" if position is None else members[position].id

    def row(member: Member) -> list[str]:
        return [member.id, "active", member.joined.isoformat(), upline(member.sponsor), upline(member.enroller)]

    _write(path, ["id", "status", "joined", "sponsor", "enroller"], (row(member) for member in members))


def write_orders(network: SeededNetwork, path: Path) -> None:
    """Write `id, date, seller, buyer, customer, refund_of, pv, cv`; a refund is a row with negative volumes."""
    header = ["id", "date", "seller", "buyer", "customer", "refund_of", "pv", "cv"]
    _write(path, header, (row for sale in network.sales for row in _rows(network, sale)))


def _rows(network: SeededNetwork, sale: Sale) -> Iterator[list[str]]:
    seller = network.members[sale.seller].id
    buyer, customer = (seller, "") if sale.own else ("", sale.customer)
    pv, cv = sale.ware.pv * sale.quantity, sale.ware.cv * sale.quantity
    yield [sale.id, sale.day.isoformat(), seller, buyer, customer, "", f"{pv:f}", f"{cv:f}"]
    if sale.returned_on is not None:
        back_pv, back_cv = sale.ware.pv * -sale.returned, sale.ware.cv * -sale.returned
        day = sale.returned_on.isoformat()
        yield [f"{sale.id}-r", day, seller, buyer, customer, sale.id, f"{back_pv:f}", f"{back_cv:f}"]


def _write(path: Path, header: Sequence[str], rows: Iterator[Sequence[Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
