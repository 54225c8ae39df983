"""The slow, obvious twin of the path triggers: parents in a dict, every chain walked anew, legs given one by one."""

from attrs import define, field

__all__ = ["SponsorTree", "paths_of"]


def paths_of(parent: dict[str, str], leg: dict[str, int]) -> set[tuple[str, str, int, int]]:
    """All `(ancestor, descendant, depth, leg of the ancestor)` of a tree, by walking up from everybody."""
    found = set()
    for person in parent:
        child, depth = person, 1
        while child in parent:
            found.add((parent[child], person, depth, leg[child]))
            child, depth = parent[child], depth + 1
    return found


@define
class SponsorTree:
    """A sponsor tree with its legs: numbered in the order of joining, never given twice."""

    parent: dict[str, str] = field(factory=dict)
    leg: dict[str, int] = field(factory=dict)
    given: dict[str, int] = field(factory=dict)
    joined: dict[str, int] = field(factory=dict)

    def enrol(self, batch: list[tuple[str, str | None, int]]) -> None:
        """Several people at once, as (name, sponsor, day), in any order; days, then names, give the legs."""
        for name, _, day in batch:
            self.joined[name] = day
        for name, sponsor, _ in sorted(batch, key=lambda row: (row[2], row[0])):
            if sponsor is not None:
                self._hang(name, sponsor)

    def move(self, name: str, sponsor: str | None) -> None:
        """Somebody gets another sponsor, or none."""
        if self.parent.get(name) == sponsor:
            return
        self.parent.pop(name, None)
        self.leg.pop(name, None)
        if sponsor is not None:
            self._hang(name, sponsor)

    def is_below(self, name: str, top: str) -> bool:
        """Whether `name` is `top` or stands below."""
        here: str | None = name
        while here is not None and here != top:
            here = self.parent.get(here)
        return here == top

    def paths(self) -> set[tuple[str, str, int, int]]:
        """The rows that the database should hold."""
        return paths_of(self.parent, self.leg)

    def _hang(self, name: str, sponsor: str) -> None:
        self.given[sponsor] = self.given.get(sponsor, 0) + 1
        self.parent[name], self.leg[name] = sponsor, self.given[sponsor]
