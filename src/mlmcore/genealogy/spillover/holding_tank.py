"""The holding tank: people who are enrolled below a sponsor and have no place in a structure yet.

Whoever waits may be placed by hand until a deadline; from then on `place_overdue` places them by a rule. Nobody is in
the tank twice, or in the tank and in the structure, and whoever leaves the tank for a place leaves it only when it is
theirs. Rules H1 to H6 stand in `docs/genealogy/spillover.md`. A tank is kept in memory and is not thread-safe.
"""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from attrs import frozen

from mlmcore.domain.errors import Findings, InputError
from mlmcore.domain.ids import key_of
from mlmcore.genealogy.spillover import _findings as say
from mlmcore.genealogy.spillover._ids import key_or_none
from mlmcore.genealogy.spillover.structure import Person, Place, SpilloverRule, Structure

__all__ = ["HoldingTank", "PlacedOverdue", "Waiting"]


@frozen(kw_only=True)
class Waiting:
    """Somebody who has no place yet.

    Attributes:
        label: The person.
        sponsor: Who enrolled the person, and below whom the place will be.
        since: When the waiting began.
        until: The instant from which the person is overdue; None: never.
    """

    label: str
    sponsor: str
    since: datetime
    until: datetime | None


@frozen(kw_only=True)
class PlacedOverdue:
    """What became of everybody who was overdue.

    Attributes:
        placed: Who has a place now, and which, in the order in which they got them.
        full: Who waits on, because the matrix below them has no place, in the same order.
    """

    placed: tuple[tuple[str, Place], ...]
    full: tuple[str, ...]


class HoldingTank:
    """Who waits for a place in one structure.

    >>> from datetime import UTC
    >>> binary = Structure(width=2)
    >>> _ = binary.place("ann", None, "left")
    >>> tank = HoldingTank(binary)
    >>> _ = tank.put("bob", "ann", since=datetime(2026, 3, 1, tzinfo=UTC), until=datetime(2026, 4, 1, tzinfo=UTC))
    >>> [(label, place.leg) for label, place in tank.place_overdue("right", datetime(2026, 4, 1, tzinfo=UTC)).placed]
    [('bob', 2)]
    """

    def __init__(self, structure: Structure) -> None:
        self._structure = structure
        self._waiting: dict[int, Waiting] = {}
        self._of_sponsor: dict[int, dict[int, Waiting]] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def __contains__(self, label: object) -> bool:
        """Whether somebody waits, by label or UUID."""
        return key_or_none(label) in self._waiting

    def __iter__(self) -> Iterator[Waiting]:
        """Everybody who waits, in the order of arrival (H2)."""
        return iter(sorted(self._waiting.values(), key=_arrival))

    def put(self, label: str | UUID, sponsor: str | UUID, *, since: datetime, until: datetime | None = None) -> Waiting:
        """Let somebody wait (H1).

        Args:
            label: The person, who is new to the tank and to its structure.
            sponsor: Who is placed, or waits too.
            since: When the waiting begins.
            until: From when on the person is overdue; None: never.

        Raises:
            InputError: An id that is none; somebody who waits or is placed; a sponsor who does neither, or who waits
                below the person; a time without a zone, or a deadline that is not after `since`; all at once.
        """
        found = Findings()
        one = Waiting(label=str(label), sponsor=str(sponsor), since=since, until=until)
        self._refuse(one, found)
        found.raise_if_any()
        self._add(one)
        return one

    def take(self, label: str | UUID) -> Waiting:
        """Take somebody out who gets no place: the enrolment is off. For a place, see `place` and `place_at`.

        Raises:
            InputError: The person does not wait.
        """
        one = self._one(label)
        self._remove(one)
        return one

    def waiting(self, sponsor: str | UUID) -> tuple[Waiting, ...]:
        """Who waits for a place below a sponsor who enrolled them, in the order of arrival (H2)."""
        key = key_or_none(sponsor)
        return tuple(sorted(self._of_sponsor.get(key, {}).values(), key=_arrival)) if key is not None else ()

    def overdue(self, at: datetime) -> tuple[Waiting, ...]:
        """Whose deadline is over, in the order of arrival (H4).

        Raises:
            InputError: A time without a zone.
        """
        found = Findings()
        overdue = self._overdue(at, found)
        found.raise_if_any()
        return overdue

    def place(self, label: str | UUID, under: Person, rule: SpilloverRule | str, *, volume: int | None = None) -> Place:
        """Give somebody who waits a place by a rule (H3); see `Structure.place`.

        Raises:
            InputError: The person does not wait, or is refused by the structure; the person then waits on.
        """
        one = self._one(label)
        place = self._structure.place(one.label, under, rule, volume=volume)
        self._remove(one)
        return place

    def place_at(
        self, label: str | UUID, parent: Person, leg: int, *, under: Person, volume: int | None = None
    ) -> Place:
        """Give somebody who waits a place that is named (H3); see `Structure.place_at`.

        Raises:
            InputError: The person does not wait, or is refused by the structure; the person then waits on.
        """
        one = self._one(label)
        place = self._structure.place_at(one.label, parent, leg, under=under, volume=volume)
        self._remove(one)
        return place

    def place_or_put(
        self,
        label: str | UUID,
        sponsor: str | UUID,
        rule: SpilloverRule | str,
        *,
        since: datetime,
        until: datetime | None = None,
    ) -> Place | Waiting:
        """Place somebody new by a rule, or let them wait where the matrix is full (H6).

        The place is below the sponsor, or below the nearest who is placed of those for whom the sponsor waits.

        Raises:
            InputError: As from `put`, an unknown rule, or volumes that the rule asks for and nobody gave.
        """
        found = Findings()
        one = Waiting(label=str(label), sponsor=str(sponsor), since=since, until=until)
        self._refuse(one, found)
        _refuse_rule(self._structure, rule, found)
        found.raise_if_any()
        under = self._top(one)
        if self._structure.free_place(under, rule) is not None:
            return self._structure.place(one.label, under, rule)
        self._add(one)
        return one

    def place_overdue(self, rule: SpilloverRule | str, at: datetime) -> PlacedOverdue:
        """Place everybody who is overdue, one after the other in the order of arrival (H5).

        Each comes below the sponsor, or below the nearest who is placed of those for whom the sponsor waits. Nobody is
        kept back by somebody before them whose matrix is full.

        Raises:
            InputError: A time without a zone, an unknown rule, volumes that it asks for and nobody gave; a sponsor who
                was taken out of the tank, or somebody who was placed past the tank. All at once, and nobody is placed.
        """
        found = Findings()
        _refuse_rule(self._structure, rule, found)
        overdue = self._overdue(at, found)
        for one in overdue:
            self._refuse_astray(one, found)
        found.raise_if_any()
        placed, full = [], []
        for one in overdue:
            under = self._top(one)
            if self._structure.free_place(under, rule) is None:
                full.append(one.label)
            else:
                placed.append((one.label, self.place(one.label, under, rule)))
        return PlacedOverdue(placed=tuple(placed), full=tuple(full))

    def _one(self, label: str | UUID) -> Waiting:
        key = key_or_none(label)
        if key is None or key not in self._waiting:
            raise InputError([say.waits_not(str(label))])
        return self._waiting[key]

    def _add(self, one: Waiting) -> None:
        key, sponsor = key_of(one.label).int, key_of(one.sponsor).int
        self._waiting[key] = one
        self._of_sponsor.setdefault(sponsor, {})[key] = one

    def _remove(self, one: Waiting) -> None:
        key, sponsor = key_of(one.label).int, key_of(one.sponsor).int
        del self._waiting[key]
        del self._of_sponsor[sponsor][key]
        if not self._of_sponsor[sponsor]:
            del self._of_sponsor[sponsor]

    def _overdue(self, at: datetime, found: Findings) -> tuple[Waiting, ...]:
        if not _has_zone(at):
            found.extend([say.bad_time("", "at", at)])
            return ()
        return tuple(one for one in self if one.until is not None and one.until <= at)

    def _refuse(self, one: Waiting, found: Findings) -> None:
        """Everything that is wrong with somebody who is to wait."""
        try:
            key_of(one.label)
        except InputError as error:
            found.extend(error.findings)
        if one.label in self:
            found.extend([say.waits_already(one.label)])
        self._refuse_astray(one, found)
        times = (("since", one.since),) if one.until is None else (("since", one.since), ("until", one.until))
        wrong = [(name, at) for name, at in times if not _has_zone(at)]
        found.extend(say.bad_time(one.label, name, at) for name, at in wrong)
        if one.until is not None and not wrong and one.until <= one.since:
            found.extend([say.no_time_left(one.label, one.since, one.until)])

    def _refuse_astray(self, one: Waiting, found: Findings) -> None:
        """Somebody who has a place, or above whom nobody has."""
        if one.label in self._structure:
            found.extend([say.placed_already(one.label)])
        top = self._top(one)
        if key_or_none(top) is not None and key_or_none(top) == key_or_none(one.label):
            found.extend([say.sponsor_loop(one.label, one.sponsor)])
        elif top not in self._structure:
            found.extend([say.sponsor_unknown(one.label, one.sponsor, top)])

    def _top(self, one: Waiting) -> str:
        """The first, going up from sponsor to sponsor, who is placed or does not wait."""
        sponsor = one.sponsor
        while sponsor not in self._structure and sponsor in self:
            sponsor = self._one(sponsor).sponsor
        return sponsor


def _arrival(one: Waiting) -> tuple[datetime, str]:
    return one.since, one.label


def _has_zone(at: object) -> bool:
    return isinstance(at, datetime) and at.utcoffset() is not None


def _refuse_rule(structure: Structure, rule: SpilloverRule | str, found: Findings) -> None:
    try:
        structure.check_rule(rule)
    except InputError as error:
        found.extend(error.findings)
