"""The level walk, slowly: one person at a time, recursively, over dicts; from the plan language, section 5.1."""

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

__all__ = ["Offer", "Rules", "offers"]


class Offer(NamedTuple):
    """One level that is offered: to whom (None above the root), who stands below, and what became of it."""

    person: str | None
    child: str | None
    level: int
    outcome: str


class Rules(NamedTuple):
    """How levels are counted and paid, as plain functions of a person or a level."""

    upline: Mapping[str, str | None]
    counts: Callable[[str], bool]
    pays: Callable[[str], bool]
    stops: Callable[[str], bool]
    stop_before: bool
    depth: Callable[[str], int | None]
    has_rate: Callable[[str, int], bool]
    offered: Callable[[int], bool]
    first_level: int
    last_level: int | None
    last_above_root: int
    unpaid_goes_on: bool
    source_counts: bool
    pay_uncounted: bool


def offers(rules: Rules, start: str, *, below: bool) -> list[Offer]:
    """All levels that the walk from one start offers, upward."""
    if below:
        return list(_climb(rules, start, None, 1))
    found = []
    if rules.first_level == 0 and rules.offered(0):
        found.append(Offer(start, None, 0, _outcome(rules, start, 0)))
    next_level = 2 if rules.source_counts and rules.counts(start) else 1
    return found + list(_climb(rules, rules.upline[start], start, next_level))


def _climb(rules: Rules, person: str | None, child: str | None, level: int) -> Iterator[Offer]:
    """Offer `level` to the person, and go on with whoever stands above."""
    if rules.last_level is not None and level > rules.last_level:
        return
    if person is None:
        yield from _above_root(rules, child, max(rules.first_level, level))
        return
    if rules.stops(person) and rules.stop_before:
        return
    counts = rules.counts(person)
    used = counts
    may_be_paid = counts or rules.pay_uncounted
    if may_be_paid and level >= rules.first_level and rules.offered(level):
        outcome = _outcome(rules, person, level)
        passed = outcome != "paid" and rules.unpaid_goes_on
        used = counts and not passed
        yield Offer(person, child, level, f"passed {outcome}" if passed else outcome)
    if rules.stops(person):
        return
    yield from _climb(rules, rules.upline[person], person, level + 1 if used else level)


def _above_root(rules: Rules, child: str | None, level: int) -> Iterator[Offer]:
    last = rules.last_above_root if rules.last_level is None else min(rules.last_above_root, rules.last_level)
    if level <= last and rules.offered(level):
        yield Offer(None, child, level, "no upline")
        yield from _above_root(rules, child, level + 1)


def _outcome(rules: Rules, person: str, level: int) -> str:
    depth = rules.depth(person)
    if not rules.pays(person):
        return "pays failed"
    if depth is not None and level > depth:
        return "too deep"
    return "paid" if rules.has_rate(person, level) else "no rate"
