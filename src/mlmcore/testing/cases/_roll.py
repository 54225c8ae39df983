"""Who is in a case, by id: a lookup for a few people that are asked for one by one.

An `IdIndex` is made for columns; asked for a single id it takes a hundred times as long as a dict.
"""

from functools import cached_property

from attrs import frozen

from mlmcore.genealogy import IdIndex

__all__ = ["Roll"]


@frozen(slots=False)
class Roll:
    """Positions by id, and ids by position.

    Attributes:
        ids: The people.
    """

    ids: IdIndex

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """Everybody's id, by position."""
        return tuple(self.ids.labels(range(len(self.ids))))

    def find(self, label: str) -> int:
        """The position of somebody, or -1; any spelling of a UUID will do."""
        found = self._positions.get(label)
        return int(self.ids.find_labels([label])[0]) if found is None else found

    @cached_property
    def _positions(self) -> dict[str, int]:
        return {label: position for position, label in enumerate(self.labels)}
