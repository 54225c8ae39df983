"""The slow, obvious twin of edits, dated edges and differences: dicts of labels, person by person.

Written from the rules E1 to E7 and H1 to H7 of `docs/genealogy/changing.md`, not from the fast code.
"""

from collections import Counter
from collections.abc import Sequence

from attrs import frozen

from reference.genealogy import Forest

__all__ = ["Newcomer", "Station", "added", "as_of", "differences", "faults", "moved", "refusals_of_added"]


@frozen
class Newcomer:
    """Somebody who is to be added."""

    label: str
    upline: str | None
    leg: int


@frozen
class Station:
    """Where somebody stands from an instant on."""

    person: str
    upline: str | None
    leg: int
    since: int


def faults(forest: Forest) -> list[str]:
    """Codes of all that is wrong with uplines and legs, sorted."""
    codes = ["genealogy.self" for person, upline in forest.upline.items() if upline == person]
    codes += ["genealogy.cycle" for _ in _cycles(forest)]
    codes += ["genealogy.leg" for leg in forest.leg.values() if leg < 0]
    codes += ["genealogy.root-leg" for person, leg in forest.leg.items() if leg > 0 and forest.upline[person] is None]
    seats = Counter((forest.upline[person], leg) for person, leg in forest.leg.items() if leg > 0)
    codes += ["genealogy.shared-leg" for (upline, _), people in seats.items() if upline is not None and people > 1]
    return sorted(codes)


def added(forest: Forest, newcomers: Sequence[Newcomer]) -> Forest:
    """Everybody, the old as they stood."""
    upline = forest.upline | {one.label: one.upline for one in newcomers}
    return Forest(upline=upline, leg=forest.leg | {one.label: one.leg for one in newcomers})


def refusals_of_added(forest: Forest, newcomers: Sequence[Newcomer]) -> list[str]:
    """Codes of all that is wrong with the newcomers, sorted; of a label given several times the first counts."""
    first: dict[str, Newcomer] = {}
    for one in newcomers:
        first.setdefault(one.label, one)
    given = Counter(one.label for one in newcomers)
    codes = ["ids.twice" for times in given.values() if times > 1]
    codes += ["ids.twice" for label in first if label in forest.upline]
    orphans = [one.label for one in first.values() if one.upline not in {None, *forest.upline, *first}]
    codes += ["genealogy.orphan" for _ in orphans]
    # A newcomer whose label is taken is still somebody else: who names that label means the person in the tree.
    name = {label: f"new {label}" if label in forest.upline else label for label in first}
    upline = {name[one.label]: None if one.label in orphans else one.upline for one in first.values()}
    leg = {name[one.label]: min(one.leg, 0) if one.label in orphans else one.leg for one in first.values()}
    return sorted(codes + faults(Forest(upline=forest.upline | upline, leg=forest.leg | leg)))


def moved(forest: Forest, places: Sequence[tuple[str, str | None, int]]) -> Forest:
    """Some people elsewhere, each with everybody below who is not moved too."""
    upline = forest.upline | {person: under for person, under, _ in places}
    return Forest(upline=upline, leg=forest.leg | {person: leg for person, _, leg in places})


def as_of(stations: Sequence[Station], at: int) -> tuple[Forest, list[str]]:
    """Whoever had joined, each where the last station puts them; and the codes of what is wrong, sorted."""
    here: dict[str, Station] = {}
    for station in sorted(stations, key=lambda one: one.since):
        if station.since <= at:
            here[station.person] = station
    late = {person for person, one in here.items() if one.upline is not None and one.upline not in here}
    upline = {person: None if person in late else one.upline for person, one in here.items()}
    leg = {person: 0 if person in late else one.leg for person, one in here.items()}
    forest = Forest(upline=upline, leg=leg)
    return forest, sorted(["dated.late-upline" for _ in late] + faults(forest))


def differences(before: Forest, after: Forest) -> tuple[set[str], set[str], set[str]]:
    """Who joined, who left, and who stands elsewhere."""
    joined, left = set(after.upline) - set(before.upline), set(before.upline) - set(after.upline)
    both = set(before.upline) & set(after.upline)
    elsewhere = {
        person
        for person in both
        if (before.upline[person], before.leg[person]) != (after.upline[person], after.leg[person])
    }
    return joined, left, elsewhere


def _cycles(forest: Forest) -> set[frozenset[str]]:
    """Everybody who comes back to where they start, by round; of two or more people."""
    rounds = set()
    for start in forest.upline:
        path: list[str] = []
        person: str | None = start
        while person is not None and person not in path:
            path.append(person)
            person = forest.upline[person]
        if person is not None:
            rounds.add(frozenset(path[path.index(person) :]))
    return {people for people in rounds if len(people) > 1}
