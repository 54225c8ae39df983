"""The slow, obvious twin of spillover and of the holding tank: dicts by label, every place looked for anew.

Written from the rules S1 to S10 and H1 to H6 of `docs/genealogy/spillover.md`, not from the fast code.
"""

from attrs import define, field

from reference.genealogy import Forest
from reference.live import Refused

__all__ = ["SlowStructure", "SlowTank"]

_LARGEST = 2**63 - 1

Seat = tuple[str | None, int]
"""An upline, and the leg; (None, 0) for a root."""


@define
class SlowStructure:
    """Who hangs in which leg.

    Attributes:
        width: How many legs everybody has.
        depth_max: After how many levels a person's matrix ends; None: never.
        several_roots: Whether there may be several roots.
        volume: What each brings.
        known: Whether any volume was given.
        forest: Uplines and legs.
    """

    width: int
    depth_max: int | None = None
    several_roots: bool = False
    volume: dict[str, int] = field(factory=dict)
    known: bool = False
    forest: Forest = field(factory=lambda: Forest(upline={}, leg={}))

    def place(self, person: str, under: str | None, rule: str, volume: int | None) -> Seat:
        """Somebody new, by a rule."""
        codes = self._wrong_person(person, volume) + self._wrong_rule(rule, volume is not None)
        if under is None:
            codes += ["spillover.roots"] if self.forest.front(None) and not self.several_roots else []
        else:
            codes += self._unknown(under)
        _refuse(codes)
        seat = (None, 0) if under is None else self.free(under, rule)
        if seat is None:
            raise Refused(["spillover.full"])
        return self._take(person, seat, volume)

    def place_at(self, person: str, parent: str, leg: int, under: str, volume: int | None) -> Seat:
        """Somebody new, in a place that is named."""
        codes = self._wrong_person(person, volume) + self._unknown(parent) + self._unknown(under)
        if not 1 <= leg <= self.width:
            codes += ["spillover.leg"]
        elif self.has(parent) and self.child(parent, leg) is not None:
            codes += ["spillover.taken"]
        if self.has(parent) and self.has(under):
            above = [parent, *self.forest.ancestors(parent)]
            if under not in above:
                codes += ["spillover.below"]
            elif self.depth_max is not None and above.index(under) + 1 > self.depth_max:
                codes += ["spillover.full"]
        _refuse(codes)
        return self._take(person, (parent, leg), volume)

    def place_all(self, people: list[tuple[str, str | None, int]], rule: str, told: bool) -> list[Seat]:
        """Several as one by one; whoever is refused undoes all of them."""
        _refuse(self._wrong_rule(rule, told))
        before = dict(self.forest.upline), dict(self.forest.leg), dict(self.volume), self.known
        try:
            seats = [self.place(person, under, rule, volume if told else None) for person, under, volume in people]
        except Refused:
            upline, leg, self.volume, self.known = before
            self.forest = Forest(upline=upline, leg=leg)
            raise
        self.known = self.known or told
        return seats

    def free(self, under: str, rule: str) -> Seat | None:
        """Which free place of a group somebody gets, None where there is none."""
        if rule in {"left", "right"}:
            return self._outside(under, 1 if rule == "left" else self.width)
        places = self.places(under, self.depth_max)
        if rule == "breadth_first" or not places:
            return places[0] if places else None
        return self._weakest(under, self.depth_max, by_volume=rule == "weaker_leg")

    def set_volume(self, person: str, volume: int) -> None:
        """What somebody brings now."""
        _refuse(self._unknown(person))
        _refuse(["genealogy.overflow"] if self._absolute(person, volume) > _LARGEST else [])
        self.volume[person], self.known = volume, True

    def has(self, person: str) -> bool:
        """Whether somebody is placed."""
        return person in self.forest.upline

    def child(self, person: str, leg: int) -> str | None:
        """Who hangs in a leg."""
        return next((child for child in self.forest.front(person) if self.forest.leg[child] == leg), None)

    def places(self, under: str, levels: int | None) -> list[Seat]:
        """The free places below somebody: by level, and in a level from the left."""
        free: list[Seat] = []
        level, down = [under], 1
        while level and (levels is None or down <= levels):
            below = [(person, leg, self.child(person, leg)) for person in level for leg in range(1, self.width + 1)]
            free += [(person, leg) for person, leg, child in below if child is None]
            level = [child for _, _, child in below if child is not None]
            down += 1
        return free

    def _outside(self, under: str, leg: int) -> Seat | None:
        person, levels = under, 1
        while (child := self.child(person, leg)) is not None:
            person, levels = child, levels + 1
        return (person, leg) if self.depth_max is None or levels <= self.depth_max else None

    def _weakest(self, person: str, levels: int | None, *, by_volume: bool) -> Seat:
        """Down the weakest leg that has a free place within the levels, until that leg is free."""
        left = None if levels is None else levels - 1
        legs = []
        for leg in range(1, self.width + 1):
            child = self.child(person, leg)
            group = [] if child is None else self.forest.group(child)
            if child is None or self.places(child, left):
                volume = sum(self.volume[one] for one in group) if by_volume else 0
                legs.append((volume, len(group), leg))
        _, _, leg = min(legs)
        child = self.child(person, leg)
        return (person, leg) if child is None else self._weakest(child, left, by_volume=by_volume)

    def _take(self, person: str, seat: Seat, volume: int | None) -> Seat:
        self.forest.upline[person], self.forest.leg[person] = seat
        self.volume[person] = volume or 0
        self.known = self.known or volume is not None
        return seat

    def _wrong_person(self, person: str, volume: int | None) -> list[str]:
        codes = ["ids.twice"] if self.has(person) else []
        return codes + (["genealogy.overflow"] if self._absolute("", volume or 0) > _LARGEST else [])

    def _absolute(self, person: str, volume: int) -> int:
        """Everybody's absolute volume, with another one for a person."""
        return sum(abs(one) for one in {**self.volume, person: volume}.values())

    def _wrong_rule(self, rule: str, told: bool) -> list[str]:
        return ["spillover.volume"] if rule == "weaker_leg" and not (told or self.known) else []

    def _unknown(self, person: str) -> list[str]:
        return [] if self.has(person) else ["ids.unknown"]


@define
class SlowTank:
    """Who waits for a place, as one list; times are numbers.

    Attributes:
        structure: Where the places are.
        waiting: Person, sponsor, since when, and until when (None: for ever).
    """

    structure: SlowStructure
    waiting: list[tuple[str, str, int, int | None]] = field(factory=list)

    def put(self, person: str, sponsor: str, since: int, until: int | None) -> None:
        """Somebody waits."""
        codes = ["tank.twice"] if self._entry(person) else []
        codes += self._astray(person, sponsor)
        _refuse(codes + (["tank.time"] if until is not None and until <= since else []))
        self.waiting.append((person, sponsor, since, until))

    def take(self, person: str) -> None:
        """Somebody waits no more."""
        entry = self._entry(person)
        _refuse([] if entry else ["tank.unknown"])
        self.waiting = [one for one in self.waiting if one != entry]

    def place(self, person: str, under: str, rule: str) -> Seat:
        """Somebody who waits gets a place."""
        _refuse([] if self._entry(person) else ["tank.unknown"])
        seat = self.structure.place(person, under, rule, None)
        self.take(person)
        return seat

    def in_order(self) -> list[tuple[str, str, int, int | None]]:
        """Everybody by arrival, then label."""
        return sorted(self.waiting, key=lambda one: (one[2], one[0]))

    def overdue(self, at: int) -> list[str]:
        """Whose deadline is over."""
        return [person for person, _, _, until in self.in_order() if until is not None and until <= at]

    def place_overdue(self, rule: str, at: int) -> tuple[list[tuple[str, Seat]], list[str]]:
        """Who got a place, and who found none."""
        overdue = self.overdue(at)
        codes = [] if rule != "weaker_leg" or self.structure.known else ["spillover.volume"]
        for person in overdue:
            codes += self._astray(person, self._sponsor(person))
        _refuse(codes)
        placed, full = [], []
        for person in overdue:
            under = self._above(self._sponsor(person))
            if self.structure.free(under, rule) is None:
                full.append(person)
            else:
                placed.append((person, self.place(person, under, rule)))
        return placed, full

    def _astray(self, person: str, sponsor: str) -> list[str]:
        codes = ["tank.placed"] if self.structure.has(person) else []
        top = self._above(sponsor)
        if top == person:
            return [*codes, "tank.loop"]
        return codes + ([] if self.structure.has(top) else ["tank.sponsor"])

    def _above(self, sponsor: str) -> str:
        """The sponsor, or where they wait for a place that of the sponsor, and so on."""
        if self.structure.has(sponsor) or not self._entry(sponsor):
            return sponsor
        return self._above(self._sponsor(sponsor))

    def _entry(self, person: str) -> tuple[str, str, int, int | None] | None:
        return next((one for one in self.waiting if one[0] == person), None)

    def _sponsor(self, person: str) -> str:
        return next(sponsor for one, sponsor, _, _ in self.waiting if one == person)


def _refuse(codes: list[str]) -> None:
    if codes:
        raise Refused(codes)
