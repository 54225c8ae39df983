"""The slow, obvious twin of the genealogy: dicts of labels, lists and loops, no arrays.

Written from the specification (`docs/genealogy/data-model.md`), not from the fast code.
"""

from collections.abc import Callable, Iterator
from typing import Self

from attrs import frozen

__all__ = ["Forest"]

Holds = Callable[[str], bool]


def _everybody(_: str) -> bool:
    return True


def _nobody(_: str) -> bool:
    return False


@frozen(kw_only=True, eq=False)
class Forest:
    """Who stands under whom, by label.

    Attributes:
        upline: The direct upline of each person, None for a root.
        leg: The leg of the upline in which each person hangs, 0 without a number.
    """

    upline: dict[str, str | None]
    leg: dict[str, int]

    @classmethod
    def of(cls, labels: list[str], parents: list[int], legs: list[int]) -> Self:
        """From rows, as the fast code takes them."""
        upline = {label: None if parent < 0 else labels[parent] for label, parent in zip(labels, parents, strict=True)}
        return cls(upline=upline, leg=dict(zip(labels, legs, strict=True)))

    def front(self, person: str | None) -> list[str]:
        """The direct children in their order; of None, the roots."""
        children = [label for label, upline in self.upline.items() if upline == person]
        return sorted(children, key=lambda label: (self.leg[label], label))

    def preorder(self) -> list[str]:
        """Everybody, an upline before the children, one group after the other."""
        ordered, waiting = [], self.front(None)[::-1]
        while waiting:
            person = waiting.pop()
            ordered.append(person)
            waiting.extend(self.front(person)[::-1])
        return ordered

    def ancestors(self, person: str) -> list[str]:
        """Everybody above, nearest first."""
        above = []
        while (upline := self.upline[person]) is not None:
            above.append(upline)
            person = upline
        return above

    def below(self, person: str, until: Holds = _nobody) -> Iterator[tuple[str, int]]:
        """Everybody below with the number of steps, not through those where the descent ends."""
        waiting = [(child, 1) for child in self.front(person)]
        while waiting:
            one, steps = waiting.pop()
            if not until(one):
                yield one, steps
                waiting.extend((child, steps + 1) for child in self.front(one))

    def group(self, person: str, where: Holds = _everybody, until: Holds = _nobody) -> list[str]:
        """Who counts of the person and everybody below."""
        return [one for one in [person, *(one for one, _ in self.below(person, until))] if where(one)]

    def downline(self, person: str, where: Holds = _everybody, until: Holds = _nobody) -> list[str]:
        """Who counts of everybody below."""
        return [one for one, _ in self.below(person, until) if where(one)]

    def levels(
        self, person: str, first: int, last: int, where: Holds = _everybody, until: Holds = _nobody
    ) -> list[str]:
        """Who counts of those `first` to `last` steps below; 0 is the person."""
        reached = [(person, 0), *self.below(person, until)]
        return [one for one, steps in reached if first <= steps <= last and where(one)]

    def bounded(self, person: str, until: Holds) -> list[str]:
        """The person and whoever is reached below before the descent ends, in preorder."""
        reached = {person, *(one for one, _ in self.below(person, until))}
        return [one for one in self.preorder() if one in reached]

    def hanging_in(self, person: str, number: int) -> list[str]:
        """The direct child in a leg, alone in a list; nobody hangs in a leg without a number."""
        return [child for child in self.front(person) if number > 0 and self.leg[child] == number]

    def in_leg(self, person: str, number: int, where: Holds = _everybody, until: Holds = _nobody) -> list[str]:
        """Who counts of the group of the child in a leg; nobody where the descent ends at that child."""
        heads = [child for child in self.hanging_in(person, number) if not until(child)]
        return [one for head in heads for one in self.group(head, where, until)]

    def nearest_above(self, person: str, holds: Holds) -> str | None:
        """The first person strictly above for whom it holds."""
        return next(filter(holds, self.ancestors(person)), None)

    def closure(self, person: str) -> list[tuple[str, int, int]]:
        """Everybody above, nearest first, with the steps between and the leg in which the person hangs there."""
        above = self.ancestors(person)
        path = [person, *above]
        return [(one, steps, self.leg[path[steps - 1]]) for steps, one in enumerate(above, start=1)]

    def lowest_common_ancestor(self, one: str, other: str) -> str | None:
        """The nearest person in whose group both stand."""
        above = {one, *self.ancestors(one)}
        return next((person for person in [other, *self.ancestors(other)] if person in above), None)
