"""What can be wrong with a change of the live layer, in words; when it is looked at, `live_genealogy` decides."""

from collections.abc import Iterable, Sequence
from typing import Final

from mlmcore.domain.errors import Finding, nearest
from mlmcore.genealogy._arrays import INT32_MAX

__all__ = [
    "CYCLE_SHOWN",
    "LISTED",
    "differs",
    "id_taken",
    "leg_taken",
    "loop",
    "more_differ",
    "no_amount",
    "no_leg",
    "no_slot",
    "no_volume",
    "nothing",
    "overflow",
    "root_leg",
    "too_many",
    "unknown",
]

LISTED: Final = 20
"""How many unknown ids, or people who differ, are named before the rest is counted."""
CYCLE_SHOWN: Final = 10
"""How many people of a loop are named."""


def unknown(labels: Sequence[str], known: int) -> Finding:
    """Ids that nobody has."""
    rest = f" and {len(labels) - LISTED:,} more" if len(labels) > LISTED else ""
    listed = ", ".join(repr(label) for label in labels[:LISTED])
    word = "id" if len(labels) == 1 else "ids"
    return Finding(code="ids.unknown", what=f"unknown {word} {listed}{rest}", todo=f"{known:,} ids are known")


def no_slot(given: object, known: int) -> Finding:
    """A slot that is none."""
    return Finding(code="live.slot", what=f"{given!r} is no slot", todo=f"there are {known:,}, from 0")


def id_taken(label: str, known: str) -> Finding:
    """An id that somebody has, in this or another spelling."""
    todo = "every id stands once; choose another"
    if label == known:
        return Finding(code="ids.twice", what="the id is taken", todo=todo, path=f"person {label}")
    what = f"{known!r} and {label!r} are one id in 2 spellings"
    return Finding(code="ids.spellings", what=what, todo=todo, path=f"person {label}")


def too_many(label: str) -> Finding:
    """Nobody else can join."""
    what = f"{INT32_MAX:,} people are all that a genealogy holds"
    return Finding(code="ids.size", what=what, path=f"person {label}")


def no_leg(where: str, leg: object) -> Finding:
    """A leg that is no number of one."""
    todo = f"legs count from 1 to {INT32_MAX:,}; 0 stands for no number"
    return Finding(code="genealogy.leg", what=f"the leg is {leg!r}", todo=todo, path=where)


def root_leg(where: str, leg: int) -> Finding:
    """A leg without an upline."""
    what, todo = f"would hang in leg {leg} of nobody", "name the upline, or leave the leg out"
    return Finding(code="genealogy.root-leg", what=what, todo=todo, path=where)


def leg_taken(where: str, leg: int, upline: str, holder: str) -> Finding:
    """A leg in which somebody hangs."""
    what, todo = f"{holder} hangs in leg {leg} of {upline}", "one person hangs in a leg; choose another"
    return Finding(code="genealogy.shared-leg", what=what, todo=todo, path=where)


def loop(cycle: Sequence[str], length: int) -> Finding:
    """Uplines that would go round.

    Args:
        cycle: The first labels of the loop, each person's upline after the person; the rest is counted.
        length: How many people the loop has.
    """
    label = cycle[0]
    where, todo = f"person {label}", f"choose an upline outside the group of {label}"
    if length == 1:
        return Finding(code="genealogy.self", what="is named as the own upline", todo=todo, path=where)
    names = list(cycle[:CYCLE_SHOWN])
    if length > CYCLE_SHOWN:
        names.append(f"{length - CYCLE_SHOWN:,} more")
    what = f"the uplines would go round in a cycle: {' -> '.join([*names, label])}"
    return Finding(code="genealogy.cycle", what=what, todo=todo, path=where)


def no_volume(name: str, known: Iterable[str], where: str = "") -> Finding:
    """A volume that is not kept here."""
    return Finding(code="live.volume", what=f"there is no volume {name!r}", todo=nearest(name, known), path=where)


def no_amount(name: str, amount: object, where: str) -> Finding:
    """An amount that is no whole number."""
    what, todo = f"the {name} is {amount!r}", "give a whole number of the smallest unit"
    return Finding(code="live.amount", what=what, todo=todo, path=where)


def nothing(known: Sequence[str], where: str) -> Finding:
    """An order without any volume."""
    todo = f"name one of {', '.join(known)}" if known else "no volume is kept here"
    return Finding(code="live.nothing", what="the order brings nothing", todo=todo, path=where)


def overflow(name: str, bound: int, where: str = "") -> Finding:
    """Own volumes whose absolute values add up to more than 64 bits hold."""
    what = f"the absolute {name} of all people could reach {bound:,}, more than 64 bits hold"
    return Finding(code="genealogy.overflow", what=what, todo="use fewer decimal places", path=where)


def differs(label: str, name: str, kept: int, full: int) -> Finding:
    """A group whose number is not that of a full recalculation."""
    what = f"the {name} of the group is {kept:,}, and {full:,} when recalculated"
    return Finding(code="live.differs", what=what, todo="freeze, and start again from that", path=f"person {label}")


def more_differ(name: str, count: int) -> Finding:
    """The rest of those whose groups differ."""
    return Finding(code="live.differs", what=f"the {name} of {count:,} more groups differs")
