"""Factories of the twin's plain inputs, so that a test says only what it is about."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from reference.engine import Inputs

MARCH = date(2026, 3, 1)
APRIL = date(2026, 4, 1)
LONG_AGO = date(2020, 1, 1)


def person(
    identity: str,
    upline: str | None = None,
    *,
    joined: date = LONG_AGO,
    status: str = "active",
    trees: Mapping[str, str | None] | None = None,
    **attributes: Any,
) -> dict[str, Any]:
    """Somebody below `upline` in the tree `sponsor`, and in the further `trees`."""
    uplines = {"sponsor": upline, **(trees or {})}
    return {"id": identity, "status": status, "joined": joined, "attributes": _exact(attributes), "uplines": uplines}


def order(
    identity: str,
    seller: str,
    *,
    on: date = MARCH,
    buyer: str | None = None,
    customer: str | None = None,
    refund_of: str | None = None,
    **volumes: Any,
) -> dict[str, Any]:
    """An order; volumes may be given as int or text."""
    return {
        "id": identity,
        "date": on,
        "seller": seller,
        "buyer": buyer,
        "customer": customer,
        "refund_of": refund_of,
        "volumes": _exact(volumes),
    }


def world(
    people: list[dict[str, Any]], orders: list[dict[str, Any]], start: date = MARCH, end: date = APRIL, **more: Any
) -> Inputs:
    """A month."""
    return Inputs(start=start, end=end, people=people, orders=orders, **more)


def chain(*identities: str, **attributes: Any) -> list[dict[str, Any]]:
    """People one below the other, the first at the top."""
    return [person(name, above, **attributes) for name, above in zip(identities, (None, *identities), strict=False)]


def _exact(items: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: Fraction(item) if isinstance(item, int | Decimal) and not isinstance(item, bool) else item
        for name, item in items.items()
    }
