"""What a differential walk had met when it came to somebody: the walk told again, person by person, for `explain`."""

from collections.abc import Callable, Sequence
from decimal import Decimal

from attrs import frozen

from mlmcore.compensation.plan import DifferentialBonus

__all__ = ["highest_met"]


@frozen(kw_only=True)
class Asked:
    """A bonus's conditions, by person index.

    Attributes:
        counts: Whether somebody is met.
        pays: Whether somebody may be paid.
        rate: Everybody's rate.
    """

    counts: Callable[[int], bool]
    pays: Callable[[int], bool]
    rate: Callable[[int], Decimal]


def highest_met(
    bonus: DifferentialBonus, asked: Asked, initial: Decimal, path: Sequence[int], *, below: bool
) -> Decimal:
    """The highest rate met before a walk came to somebody.

    Args:
        bonus: The bonus.
        asked: Its conditions.
        initial: The rate that counts as met at the start.
        path: The persons from the source up to whoever is explained, who is not among them.
        below: Whether the walk starts below the first of them, who is then level 1.
    """
    met, counted = initial, 0
    for place, person in enumerate(path):
        at_source = place == 0 and not below
        level = 0 if at_source else 1 + counted
        there = level >= bonus.first_level and (at_source or asked.counts(person))
        if there and (bonus.unqualified == "consumes" or asked.pays(person)):
            met = max(met, asked.rate(person))
        if asked.counts(person) and (not at_source or bonus.source_counts):
            counted += 1
    return met
