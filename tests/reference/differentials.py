"""The differential walk, slowly: one person at a time up to the root; from the plan language, section 5.2."""

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from typing import NamedTuple

__all__ = ["Difference", "Rules", "differences"]


class Difference(NamedTuple):
    """One rate that is met: by whom (None above the root), at which level, what of it, and what became of it."""

    person: str | None
    level: int
    rate: Fraction
    outcome: str


class Rules(NamedTuple):
    """How people are met, as plain functions of a person."""

    upline: Mapping[str, str | None]
    counts: Callable[[str], bool]
    pays: Callable[[str], bool]
    blocks: Callable[[str], bool]
    rate: Callable[[str], Fraction]
    first_level: int
    lowest_level: int
    limit: Fraction | None
    equal: tuple[Fraction, int] | None
    source_counts: bool
    consumes: bool
    level: Callable[[str], int] | None = None  # where levels are another for each person reached


def differences(source: str, initial: Fraction, rules: Rules, *, below: bool = False) -> Iterator[Difference]:
    """Walk up from a source, or from below it."""
    so_far, left = initial, rules.equal[1] if rules.equal else 0
    person: str | None = source
    counted = 0
    at_source = not below
    while person is not None:
        if rules.limit is not None and so_far >= rules.limit:
            return
        level = 0 if at_source else 1 + counted if rules.level is None else rules.level(person)
        met = level >= rules.first_level and (at_source or rules.counts(person))
        if met and not at_source and rules.blocks(person):
            if rules.limit is not None:
                yield Difference(person, level, rules.limit - so_far, "BLOCKED")
            return
        rate = rules.rate(person) if rules.limit is None else min(rules.rate(person), rules.limit)
        pays = rules.pays(person)
        if met and rate > so_far and (pays or rules.consumes):
            outcome = "PAYS_FAILED" if not pays else "TOO_LOW" if level < rules.lowest_level else "PAID"
            yield Difference(person, level, rate - so_far, outcome)
            so_far, left = rate, rules.equal[1] if rules.equal else 0
        elif met and pays and rate == so_far != 0 and left and level >= rules.lowest_level and rules.equal:
            yield Difference(person, level, rules.equal[0], "EQUAL")
            left -= 1
        if rules.counts(person) and (not at_source or rules.source_counts):
            counted += 1
        at_source = False
        person = rules.upline[person]
    if rules.limit is not None and so_far < rules.limit:
        level = 1 if rules.level is not None else 1 + counted  # nobody has no level of their own
        yield Difference(None, max(rules.first_level, level), rules.limit - so_far, "NO_UPLINE")
