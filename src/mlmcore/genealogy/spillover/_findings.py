"""What can be wrong with a structure, a placement and a holding tank, in words; when it is looked at, others decide."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from mlmcore.domain.errors import Finding, nearest

__all__ = [
    "SHOWN",
    "bad_depth",
    "bad_time",
    "bad_volume",
    "bad_volumes",
    "bad_width",
    "full",
    "late_upline",
    "leg_range",
    "leg_taken",
    "lengths",
    "no_rule",
    "no_slot",
    "no_time_left",
    "no_volumes",
    "not_below",
    "placed_already",
    "second_root",
    "several_roots",
    "sponsor_loop",
    "sponsor_unknown",
    "too_deep",
    "unknown",
    "waits_already",
    "waits_not",
]

SHOWN: Final = 10
"""How many roots are named before the rest is counted."""


def bad_width(given: object, most: int) -> Finding:
    """A width that is none."""
    return Finding(
        code="spillover.width", what=f"the width is {given!r}", todo=f"give a whole number from 1 to {most:,}"
    )


def bad_depth(given: object) -> Finding:
    """A depth that is none."""
    todo = "give the number of levels below a person, from 1, or None for no end"
    return Finding(code="spillover.depth", what=f"the depth_max is {given!r}", todo=todo)


def several_roots(labels: Sequence[str], count: int) -> Finding:
    """A starting tree with several roots that nobody has asked for."""
    rest = f" and {count - SHOWN:,} more" if count > SHOWN else ""
    what = f"the tree has {count:,} roots: {', '.join(labels[:SHOWN])}{rest}"
    return Finding(code="spillover.roots", what=what, todo="give them uplines, or say several_roots=True")


def second_root(label: str, root: str) -> Finding:
    """Somebody without an upline beside a root."""
    what, todo = f"would be a second root beside {root}", "name the upline, or say several_roots=True at the start"
    return Finding(code="spillover.roots", what=what, todo=todo, path=f"person {label}")


def leg_range(label: str, leg: object, upline: str, width: int) -> Finding:
    """A leg that nobody of this structure has."""
    what, todo = f"the leg of {upline} is {leg!r}", f"legs count from 1 to {width:,}, the width of the structure"
    return Finding(code="spillover.leg", what=what, todo=todo, path=f"person {label}")


def leg_taken(label: str, leg: int, upline: str, holder: str) -> Finding:
    """A leg in which somebody hangs."""
    what, todo = f"{holder} hangs in leg {leg} of {upline}", "one person hangs in a leg; choose another"
    return Finding(code="spillover.taken", what=what, todo=todo, path=f"person {label}")


def not_below(label: str, upline: str, under: str) -> Finding:
    """A place outside the group in which somebody is to be placed."""
    what, todo = f"{upline} does not stand in the group of {under}", f"choose a place below {under}"
    return Finding(code="spillover.below", what=what, todo=todo, path=f"person {label}")


def too_deep(label: str, levels: int, under: str, depth_max: int) -> Finding:
    """A place below the last level of a matrix."""
    what = f"the place lies {_levels(levels)} below {under}, and the matrix ends after {depth_max:,}"
    return Finding(code="spillover.full", what=what, todo="choose a place further up", path=f"person {label}")


def full(label: str, under: str, depth_max: int, leg: int, others: int) -> Finding:
    """A matrix without a free place.

    Args:
        label: Who is to be placed.
        under: Below whom.
        depth_max: After how many levels the matrix ends.
        leg: The leg that the rule goes down; 0: any.
        others: How many more were to be placed in the same call.
    """
    places = f"every place down leg {leg}" if leg else "every place"
    nobody = f", so nobody of {others + 1:,} is placed" if others else ""
    what = f"{places} in the {_levels(depth_max)} below {under} is taken{nobody}"
    todo = "place the person below somebody else, or let them wait in the holding tank"
    return Finding(code="spillover.full", what=what, todo=todo, path=f"person {label}")


def no_rule(given: object, known: Iterable[str]) -> Finding:
    """A rule that is none."""
    return Finding(code="spillover.rule", what=f"there is no rule {given!r}", todo=nearest(str(given), known))


def unknown(label: str, known: int, where: str) -> Finding:
    """An id that nobody has."""
    what, todo = f"unknown id {label!r}", f"{known:,} ids are known"
    return Finding(code="ids.unknown", what=what, todo=todo, path=where)


def no_slot(given: object, known: int, where: str) -> Finding:
    """A slot that is none."""
    return Finding(code="spillover.slot", what=f"{given!r} is no slot", todo=f"there are {known:,}, from 0", path=where)


def late_upline(label: str, under: str) -> Finding:
    """Somebody below whom others are placed before there is such a person."""
    what = f"is placed below {under}, who is not placed before"
    return Finding(
        code="spillover.order", what=what, todo="order the people as they are placed", path=f"person {label}"
    )


def lengths(what: str, given: int, people: int) -> Finding:
    """Too many or too few of something."""
    said = f"there are {people:,} people and {given:,} {what}"
    return Finding(code="spillover.length", what=said, todo="give one for each, in the same order")


def bad_volume(label: str, volume: object) -> Finding:
    """A volume that is no whole number of 64 bits."""
    what, todo = f"the volume is {volume!r}", "give a whole number of the smallest unit, of at most 64 bits"
    return Finding(code="spillover.volume", what=what, todo=todo, path=f"person {label}")


def bad_volumes(kind: object, people: int) -> Finding:
    """Volumes that are no array of whole numbers, one for each."""
    todo = f"give int64 of shape ({people},): whole numbers of the smallest unit"
    return Finding(code="spillover.volume", what=f"the volumes are {kind}", todo=todo)


def no_volumes() -> Finding:
    """A rule that asks for volumes where there are none."""
    what = "weaker_leg compares volumes, and none has been given"
    return Finding(code="spillover.volume", what=what, todo="give volumes, or place by balanced")


def waits_already(label: str) -> Finding:
    """Somebody who is in the tank."""
    what = "waits in the holding tank already"
    return Finding(code="tank.twice", what=what, todo="take the person out first", path=f"person {label}")


def waits_not(label: str) -> Finding:
    """Somebody who is not in the tank."""
    what = "does not wait in the holding tank"
    return Finding(
        code="tank.unknown", what=what, todo="put the person in first, or correct the id", path=f"person {label}"
    )


def placed_already(label: str) -> Finding:
    """Somebody who has a place."""
    what = "has a place in the structure already"
    return Finding(code="tank.placed", what=what, todo="whoever is placed does not wait", path=f"person {label}")


def sponsor_unknown(label: str, sponsor: str, top: str) -> Finding:
    """Nobody above is placed, since the last of those who wait has a sponsor who is nowhere."""
    who = f"the sponsor {sponsor}" if top == sponsor else f"{top}, who stands above the sponsor {sponsor},"
    what, todo = f"{who} is neither placed nor waits in the holding tank", f"place {top}, or let them wait, first"
    return Finding(code="tank.sponsor", what=what, todo=todo, path=f"person {label}")


def sponsor_loop(label: str, sponsor: str) -> Finding:
    """A sponsor who waits for the person, or is the person."""
    own = label == sponsor
    what = "is named as the own sponsor" if own else f"the sponsor {sponsor} waits below {label}"
    return Finding(code="tank.loop", what=what, todo="name another sponsor", path=f"person {label}")


def bad_time(label: str, name: str, given: object) -> Finding:
    """A time without a zone, or none at all."""
    what = f"{name} is {given.isoformat() if isinstance(given, datetime) else repr(given)}"
    path = f"person {label}" if label else ""
    return Finding(code="tank.time", what=what, todo="give a time with its zone", path=path)


def no_time_left(label: str, since: datetime, until: datetime) -> Finding:
    """A deadline that is over when the waiting begins."""
    what = f"waits since {since.isoformat()} until {until.isoformat()}"
    return Finding(code="tank.time", what=what, todo="the deadline comes after the beginning", path=f"person {label}")


def _levels(count: int) -> str:
    return "1 level" if count == 1 else f"{count:,} levels"
