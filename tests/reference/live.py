"""The slow, obvious twin of the live layer: dicts by label, and every group added up anew whenever it is asked for.

Written from the rules L1 to L9 of `docs/genealogy/live.md`, not from the fast code.
"""

from collections.abc import Mapping

from attrs import define, field

from reference.genealogy import Forest

__all__ = ["LiveForest", "Refused"]

_LARGEST = 2**63 - 1


class Refused(Exception):  # noqa: N818  (what it is, not what went wrong)
    """A change that is refused; `codes` says why, sorted."""

    def __init__(self, codes: list[str]) -> None:
        self.codes = sorted(codes)
        super().__init__(self.codes)


@define
class LiveForest:
    """Who stands under whom now, and what everybody brings.

    Attributes:
        volumes: The names of the volumes.
        forest: Uplines and legs.
        own: For each volume, what each person brings.
    """

    volumes: list[str]
    forest: Forest = field(factory=lambda: Forest(upline={}, leg={}))
    own: dict[str, dict[str, int]] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.own = {name: dict.fromkeys(self.forest.upline, 0) for name in self.volumes}

    def order(self, person: str, amounts: Mapping[str, int]) -> list[str]:
        """Adds to the person; says whose group changed, nearest first."""
        codes = [] if self.knows(person) else ["ids.unknown"]
        codes += self._wrong_amounts(person, amounts) + ([] if amounts else ["live.nothing"])
        self._refuse(codes)
        for name, amount in amounts.items():
            self.own[name][person] += amount
        return [person, *self.forest.ancestors(person)]

    def join(self, person: str, under: str | None, leg: int, amounts: Mapping[str, int]) -> None:
        """Somebody new."""
        codes = ["ids.twice"] if self.knows(person) else []
        codes += [] if under is None or self.knows(under) else ["ids.unknown"]
        codes += self._wrong_leg(person if not self.knows(person) else "", under, leg)
        self._refuse(codes + self._wrong_amounts("", amounts))
        self.forest.upline[person], self.forest.leg[person] = under, leg
        for name in self.volumes:
            self.own[name][person] = amounts.get(name, 0)

    def move(self, person: str, under: str | None, leg: int) -> tuple[list[str], list[str]]:
        """Somebody with the whole group; says the uplines before and after, nearest first."""
        codes = [] if self.knows(person) else ["ids.unknown"]
        codes += [] if under is None or self.knows(under) else ["ids.unknown"]
        codes += self._wrong_leg(person, under, leg)
        if under == person and self.knows(person):
            codes += ["genealogy.self"]
        elif under is not None and self.knows(under) and person in self.forest.ancestors(under):
            codes += ["genealogy.cycle"]
        self._refuse(codes)
        before = self.forest.ancestors(person)
        self.forest.upline[person], self.forest.leg[person] = under, leg
        return before, self.forest.ancestors(person)

    def groups(self, name: str) -> dict[str, int]:
        """What each group brings: everybody's own, added to themselves and to everybody above."""
        return self._added_up(self.own[name])

    def counts(self) -> dict[str, int]:
        """How many people each group holds."""
        return self._added_up(dict.fromkeys(self.forest.upline, 1))

    def knows(self, person: str) -> bool:
        """Whether somebody is here."""
        return person in self.forest.upline

    def _added_up(self, values: Mapping[str, int]) -> dict[str, int]:
        total = dict.fromkeys(values, 0)
        for person, value in values.items():
            for one in [person, *self.forest.ancestors(person)]:
                total[one] += value
        return total

    def _wrong_leg(self, person: str, under: str | None, leg: int) -> list[str]:
        if leg < 0:
            return ["genealogy.leg"]
        if leg > 0 and under is None:
            return ["genealogy.root-leg"]
        held = [
            one
            for one, number in self.forest.leg.items()
            if number == leg > 0 and one != person and self.forest.upline[one] == under
        ]
        return ["genealogy.shared-leg"] if held else []

    def _wrong_amounts(self, person: str, amounts: Mapping[str, int]) -> list[str]:
        codes = []
        for name, amount in amounts.items():
            if name not in self.volumes:
                codes.append("live.volume")
            else:
                after = {**self.own[name], person: self.own[name].get(person, 0) + amount}
                if max(abs(amount), sum(map(abs, after.values()))) > _LARGEST:
                    codes.append("genealogy.overflow")
        return codes

    def _refuse(self, codes: list[str]) -> None:
        if codes:
            raise Refused(codes)
