"""The slow twin of a `pool` bonus: sharing out a fund with fractions, person by person; plan language, section 5.4."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import floor

__all__ = ["Member", "Outcome", "place_all", "share"]

CENT = Fraction(1, 100)


@dataclass
class Member:
    """Somebody who is eligible: id, when they joined, by what they are placed, and what their shares are made of."""

    id: str
    joined: int
    measure: Fraction
    factor: Fraction
    places: list[int] = field(default_factory=list)  # those that they fill, alone or with others


Shares = Callable[[Member, int], Fraction]
"""How many shares somebody would have in a place."""


@dataclass
class Outcome:
    """Who gets what, in whole cents; what parts without shares come to, what an account takes, what is left."""

    amounts: dict[str, Fraction] = field(default_factory=dict)
    nobody: Fraction = Fraction(0)
    remainder: Fraction = Fraction(0)
    rounding: Fraction = Fraction(0)


def place_all(members: Sequence[Member], ties: str, top: int | None) -> list[Member]:
    """Give everybody their places, and keep those up to `top`."""
    found = sorted(members, key=lambda one: (-one.measure, one.joined if ties == "joined" else 0, one.id))
    for place, member in enumerate(found, start=1):
        member.places = [place]
    if ties == "share":
        for member in found:
            member.places = [place for place, other in enumerate(found, 1) if other.measure == member.measure]
    return [member for member in found if top is None or member.places[0] <= top]


def share(
    fund: Fraction,
    members: Sequence[Member],
    parts: Sequence[tuple[Fraction, Shares]],
    *,
    rounded: bool,
    give_out: bool,
    carry_all: bool,
) -> Outcome:
    """Share a fund out.

    Args:
        fund: What it holds.
        members: Who is in the divisor, with their places.
        parts: Weight and shares of each part.
        rounded: Whether the value of one share is rounded down to a cent.
        give_out: Whether missing cents go to the largest remainders; else an account takes what is left.
        carry_all: Whether a fund in which nobody has a share is kept whole.
    """
    out = Outcome()
    weights = sum(weight for weight, _ in parts)
    claims: dict[str, Fraction] = {member.id: Fraction(0) for member in sorted(members, key=lambda one: one.id)}
    nobody: list[Fraction] = []
    for weight, shares in parts:
        part = fund * weight / weights
        mine = {member.id: mean([shares(member, place) for place in member.places]) for member in members}
        total = sum(mine.values())
        if not total:
            nobody.append(part)
            continue
        value = part / total
        if rounded:
            value = cut(value)
        for name, number in mine.items():
            claims[name] += value * number
    if carry_all and len(nobody) == len(parts):
        out.nobody = fund
        return out
    everything = [*claims.values(), *nobody]
    given = [cut(claim) for claim in everything]
    if give_out:
        by_remainder = sorted(range(len(given)), key=lambda row: given[row] - everything[row])
        missing = (cut(sum(everything, Fraction(0))) - sum(given)) / CENT
        for row in by_remainder[: int(missing)]:
            given[row] += CENT
    out.amounts = dict(zip(claims, given, strict=False))
    out.nobody = sum(given[len(claims) :], Fraction(0))
    left = fund - sum(given)
    out.remainder = Fraction(0) if give_out else cut(left)
    out.rounding = left - out.remainder
    return out


def mean(numbers: list[Fraction]) -> Fraction:
    """Their mean."""
    return sum(numbers, Fraction(0)) / len(numbers)


def cut(amount: Fraction) -> Fraction:
    """Down to a cent, toward minus infinity."""
    return floor(amount / CENT) * CENT
