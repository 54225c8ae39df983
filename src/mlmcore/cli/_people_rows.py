"""A people file of any size and shape, written from arrays: no object for any row.

The trees come from `mlmcore.simulation.shapes`; here everybody gets an id, a day of joining and, where a power leg
makes the placement tree, a sponsor above. The same numbers give the same bytes, on any machine.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any, Final

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from mlmcore.simulation import shapes
from mlmcore.simulation.shapes import Shape

__all__ = ["SHAPES", "MadePeople", "make_people"]

Ints = NDArray[np.int64]
Bytes = NDArray[np.uint8]

_FIRST_DAY: Final = date(2024, 1, 1)
_DAYS: Final = 731
"""People join evenly over two years, each no earlier than those above."""
_ID_DIGITS: Final = 7
_CHUNK: Final = 100_000
"""Rows that are written at a time: more are no faster and take more memory."""
_LEG_SHARE: Final = 7
"""How many people of a hundred stand in the power leg: of a million, 70,000."""
_LEG_MIN: Final = 10
"""At least so many do, so that a small network has one too."""


@frozen(kw_only=True, eq=False)
class MadePeople:
    """Who stands under whom by row; an upline before those below.

    Attributes:
        sponsor: int32[n]: the row of the sponsor, -1 for a root.
        placement: The placement tree with its legs, each 1 or 2; None where there is none.
    """

    sponsor: NDArray[np.int32]
    placement: Shape | None = None

    def __len__(self) -> int:
        return len(self.sponsor)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the file."""
        trees = ("sponsor",) if self.placement is None else ("sponsor", "placement", "leg")
        return ("id", "status", "joined", *trees)

    def chunks(self) -> Iterator[tuple[int, bytes]]:
        """The file piece by piece: how many people have been written after each piece, and the piece."""
        yield 0, ",".join(self.columns).encode() + b"\n"
        for start in range(0, len(self), _CHUNK):
            stop = min(start + _CHUNK, len(self))
            yield stop, self._rows(start, stop)

    def _rows(self, start: int, stop: int) -> bytes:
        rows, count = np.arange(start, stop, dtype=np.int64), len(self)
        fields = [_ids(rows, count), _text("active", len(rows)), _days(rows, count)]
        fields.append(_ids(self.sponsor[start:stop].astype(np.int64), count))
        if self.placement is not None:
            fields.append(_ids(self.placement.parent[start:stop].astype(np.int64), count))
            fields.append(_leg(self.placement.leg[start:stop]))
        return _lines(fields)


def make_people(shape: str, people: int, seed: int) -> MadePeople:
    """Make everybody.

    Args:
        shape: One of `SHAPES`.
        people: How many, at least 1.
        seed: Another number gives other trees, where the shape leaves anything to chance.
    """
    return SHAPES[shape](people, seed)


def _random(people: int, seed: int) -> MadePeople:
    return MadePeople(sponsor=shapes.random_recursive(people, seed).parent)


def _preferential(people: int, seed: int) -> MadePeople:
    return MadePeople(sponsor=shapes.preferential(people, seed).parent)


def _chain(people: int, _: int) -> MadePeople:
    return MadePeople(sponsor=shapes.chain(people).parent)


def _star(people: int, _: int) -> MadePeople:
    return MadePeople(sponsor=shapes.star(people).parent)


def _power_leg(people: int, seed: int) -> MadePeople:
    """A placement tree with a power leg; whoever spilled over was sponsored by somebody of it, further up."""
    depth = min(people, max(_LEG_MIN, people * _LEG_SHARE // 100))
    placed = shapes.power_leg(people, depth, seed)
    sponsor = _somebody_up_to(_nearest_in_leg(placed.parent, depth), seed)
    return MadePeople(sponsor=sponsor, placement=placed)


SHAPES: Final[Mapping[str, Callable[[int, int], MadePeople]]] = {
    "random": _random,
    "preferential": _preferential,
    "chain": _chain,
    "star": _star,
    "power-leg": _power_leg,
}


def _nearest_in_leg(parent: NDArray[np.int32], depth: int) -> NDArray[np.int32]:
    """int32[n]: the nearest person above who stands in the power leg, which is the first `depth` rows; -1: nobody."""
    above = parent.copy()
    while (outside := above >= depth).any():  # twice as far each time
        above[outside] = above[above[outside]]
    return above


def _somebody_up_to(last: NDArray[np.int32], seed: int) -> NDArray[np.int32]:
    """int32[n]: a row from 0 to `last`, all equally likely; -1 where that is -1."""
    # Of the generator only the raw stream is promised to stay, so the numbers are made from it, as in `shapes`.
    words: Any = np.random.PCG64(seed).random_raw(len(last))
    choices = (last + 1).astype(np.uint64)
    chosen = ((np.asarray(words, dtype=np.uint64) >> np.uint64(32)) * choices >> np.uint64(32)).astype(np.int32)
    return np.where(last < 0, np.int32(-1), chosen)


# A field is uint8[rows, width]: ASCII, and zeros where there is nothing, which are left out at the end.


def _lines(fields: list[Bytes]) -> bytes:
    rows = len(fields[0])
    cells = [cell for field in fields for cell in (_text(",", rows), field)][1:]
    return np.concatenate([*cells, _text("\n", rows)], axis=1).tobytes().translate(None, b"\0")


def _ids(rows: Ints, people: int) -> Bytes:
    """`p0000001` for row 0; nothing for row -1."""
    width = max(_ID_DIGITS, len(str(people)))
    powers = 10 ** np.arange(width - 1, -1, -1, dtype=np.int64)
    digits = (rows[:, None] + 1) // powers % 10 + ord("0")
    named = np.concatenate([np.full((len(rows), 1), ord("p")), digits], axis=1).astype(np.uint8)
    named[rows < 0] = 0
    return named


def _leg(legs: NDArray[np.int32]) -> Bytes:
    return np.where(legs > 0, legs + ord("0"), 0).astype(np.uint8)[:, None]


def _days(rows: Ints, people: int) -> Bytes:
    days = np.datetime_as_string(np.datetime64(_FIRST_DAY) + np.arange(_DAYS)).astype("S10")
    return days.view(np.uint8).reshape(_DAYS, -1)[rows * _DAYS // people]


def _text(text: str, rows: int) -> Bytes:
    return np.tile(np.frombuffer(text.encode("ascii"), dtype=np.uint8), (rows, 1))
