"""Boards that fill, split and cycle: which rows bring positions, where they sit, and what a cycle leads to."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal

from attrs import field, frozen

from mlmcore.compensation.expressions.expression import Expression, Place
from mlmcore.compensation.plan._values import one_of, required, source_of, texts
from mlmcore.compensation.plan.inputs import InputColumn

__all__ = ["CYCLE_COLUMNS", "SEATS_MAX", "Board"]

SEATS_MAX: Final = 100_000
"""The most seats that a board may have."""
CYCLE_COLUMNS: Final[Mapping[str, InputColumn]] = MappingProxyType(
    {"entered": InputColumn(kind="date"), "filled_by": InputColumn(kind="text")}
)
"""The columns of the events that a board makes, besides date and person."""


@frozen(kw_only=True)
class Board:
    """A structure of seats: a head, and below it some rows; who cycles off it is an event of `events.NAME`.

    Boards are filled before anything else is computed, and those that are open are carried.

    Attributes:
        name: As bonuses and aggregates name its cycles: `events.NAME`.
        source: What brings positions: `orders` or `events.NAME`; None: only the cycles of other boards do.
        from_: With orders: who takes the position, `seller` or `buyer`; an order without a buyer then brings none.
        where: Which rows bring positions; a refund never does.
        entries: How many positions a row brings, one after the other: a whole number.
        width: How many seats stand directly below each.
        levels: How many rows there are below the head; when the last is full, the board cycles.
        under: On which board a position is taken: that of the nearest upline who has one, or the oldest.
        tree: With `nearest`: the given tree in which the upline is looked for; None is the plan's, or the first that
            is given where the plan's own is made itself.
        placed: Which seat of the board it is.
        then: The boards that the head who cycles enters next, in this order.
    """

    name: str
    source: str | None = field(default=None, validator=source_of("orders"))
    from_: Literal["seller", "buyer"] | None = field(default=None, validator=one_of("seller", "buyer"))
    where: Expression = field(default=Expression(text="true"), converter=required)
    entries: Expression = field(default=Expression(text="1"), converter=required)
    width: int
    levels: int
    under: Literal["nearest", "oldest"] = field(validator=one_of("nearest", "oldest"))
    tree: str | None = None
    placed: Literal["breadth_first", "below"] = field(validator=one_of("breadth_first", "below"))
    then: tuple[str, ...] = field(converter=texts)
    place: Place = field(factory=Place, eq=False, repr=False)

    @property
    def words(self) -> str:
        """What shape it has, for messages."""
        return f"a board {self.width} wide with {self.levels} {'row' if self.levels == 1 else 'rows'}"

    @property
    def seats(self) -> int:
        """How many seats there are, that of the head among them."""
        return sum(self.width**row for row in range(self.levels + 1))

    @property
    def last_row(self) -> int:
        """How many seats the last row has: so many positions it takes, in the long run, to make one cycle."""
        return int(self.width**self.levels)
