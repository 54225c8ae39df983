"""The slow twin of a pool that is shared more often than the period: week by week, by plain filters over orders.

Written from the plan language alone: the pool runs once for each week that ends within the period, the fund's formula,
the shares, places and conditions read that week's orders only, and what is carried goes from week to week.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from reference.pools import Member, Outcome, Shares, place_all, share

__all__ = ["Rules", "Sale", "Week", "sold_in", "weeks_ending", "weeks_shared"]


@dataclass(frozen=True)
class Sale:
    """An order: of whom, when, how much; `refund` where it gives an earlier one back."""

    seller: str
    day: date
    volume: Fraction
    refund: bool = False


@dataclass(frozen=True)
class Rules:
    """What the plan says of the pool."""

    fund: Callable[[Fraction], Fraction]  # what comes in, of the company's volume of the week
    eligible: Callable[[Fraction, int], bool]  # of somebody's volume and orders in the week
    parts: Sequence[tuple[Fraction, Shares]]
    ties: str | None
    top: int | None
    rounded: bool
    give_out: bool
    carries: bool  # what nobody has a share of
    release: Fraction | None


@dataclass
class Week:
    """One sharing out: what the fund held, who was placed, what came of it, and what the next one begins with."""

    monday: date
    held: Fraction
    members: list[Member]
    outcome: Outcome | None  # None: all of it is carried
    carried: Fraction


def weeks_ending(start: date, end: date) -> Iterator[tuple[date, date]]:
    """The weeks whose Sunday lies in a period: its Monday, and the Monday after."""
    day = start
    while day < end:
        day += timedelta(days=1)
        if day.weekday() == 0:
            yield day - timedelta(days=7), day


def sold_in(sales: Sequence[Sale], monday: date, after: date) -> Sequence[Sale]:
    """The orders of some days."""
    return [sale for sale in sales if monday <= sale.day < after]


def weeks_shared(
    rules: Rules, joined: Mapping[str, date], sales: Sequence[Sale], start: date, end: date, brought: Fraction
) -> list[Week]:
    """Share the fund in each week that ends in a period, one after the other."""
    found: list[Week] = []
    for monday, after in weeks_ending(start, end):
        before = found[-1].carried if found else brought
        found.append(_week(rules, joined, sold_in(sales, monday, after), monday, before))
    return found


def _week(rules: Rules, joined: Mapping[str, date], sales: Sequence[Sale], monday: date, brought: Fraction) -> Week:
    held = brought + rules.fund(sum((sale.volume for sale in sales), Fraction(0)))
    members = [
        Member(name, day.toordinal(), volume, Fraction(orders), [0])
        for name, day in joined.items()
        for volume, orders in [_of(name, sales)]
        if rules.eligible(volume, orders)
    ]
    if rules.ties is not None:
        members = place_all(members, rules.ties, rules.top)
    if rules.release is not None and held < rules.release:
        return Week(monday, held, members, None, held)
    out = share(held, members, rules.parts, rounded=rules.rounded, give_out=rules.give_out, carry_all=rules.carries)
    if rules.carries and not any(
        part[1](one, place) for part in rules.parts for one in members for place in one.places
    ):
        return Week(monday, held, members, None, held)
    return Week(monday, held, members, out, out.nobody if rules.carries else Fraction(0))


def _of(name: str, sales: Sequence[Sale]) -> tuple[Fraction, int]:
    """Somebody's volume, refunds among it, and how many orders it was, refunds not counted."""
    own = [sale for sale in sales if sale.seller == name]
    return sum((sale.volume for sale in own), Fraction(0)), sum(not sale.refund for sale in own)
