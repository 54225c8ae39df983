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

    def lowest_common_ancestor(self, one: str, other: str) -> str | None:
        """The nearest person in whose group both stand."""
        above = {one, *self.ancestors(one)}
        return next((person for person in [other, *self.ancestors(other)] if person in above), None)
