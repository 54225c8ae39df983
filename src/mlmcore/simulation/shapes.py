"""Trees of any size and of the shapes that break things: chains, stars, random trees, power legs; as arrays.

For tests and benchmarks of millions, where `seeded_network` would make an object for each person. A shape is who
stands under whom by row, an upline before the people below; it has no ids and nobody joined on any day. The same seed
gives the same tree for ever and on any machine: only the raw bits of PCG64 are used, in whole numbers.
"""

from typing import Any

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from mlmcore.domain.errors import Finding, InputError

__all__ = [
    "Shape",
    "chain",
    "power_leg",
    "preferential",
    "random_keys",
    "random_recursive",
    "shuffled",
    "star",
]

Ints32 = NDArray[np.int32]
Words = NDArray[np.uint64]


@frozen(kw_only=True, eq=False)
class Shape:
    """Who stands under whom.

    Attributes:
        parent: int32[n]: the row of the direct upline, -1 for a root.
        leg: int32[n]: the leg of the upline, from 1; 0 without a number.
    """

    parent: Ints32
    leg: Ints32

    def __len__(self) -> int:
        return len(self.parent)


def chain(people: int) -> Shape:
    """Each person under the one before: as deep as there are people."""
    return _without_legs(np.arange(-1, _some(people) - 1, dtype=np.int32))


def star(people: int) -> Shape:
    """Everybody under the first."""
    parent = np.zeros(_some(people), dtype=np.int32)
    parent[0] = -1
    return _without_legs(parent)


def random_recursive(people: int, seed: int) -> Shape:
    """Each person under one of those before, all equally likely: ln(n) deep on average, as sponsor trees."""
    parent = _below(_words(_some(people), seed), np.arange(people, dtype=np.uint64)).astype(np.int32)
    parent[0] = -1
    return _without_legs(parent)


def preferential(people: int, seed: int) -> Shape:
    """Each person under one of those before, the likelier the more that one has already: few sponsor many.

    Whoever joins copies: half of the time somebody's upline is taken instead of that person, which chooses an upline
    in proportion to one and the number already sponsored.
    """
    words = _words(2 * _some(people), seed)
    chosen = _below(words[:people], np.arange(people, dtype=np.uint64)).astype(np.int32)
    copies = (words[people:] & np.uint64(1)).astype(np.bool_) & (chosen > 0)  # the root has no upline to copy
    chosen[0] = -1
    return _without_legs(_copied(chosen, copies))


def power_leg(people: int, depth: int, seed: int) -> Shape:
    """A binary tree with one leg `depth` people deep, from which small balanced trees hang: spillover as it happens.

    Args:
        people: How many in all.
        depth: How many stand in the power leg, the root included; at most all of them.
        seed: Decides below whom of the power leg the others stand.

    Raises:
        InputError: There are fewer people than the leg is deep, or none.
    """
    _some(people)
    if not 1 <= depth <= people:
        raise _refused("simulation.depth", f"{people:,} people have no leg of {depth:,}", "give a depth from 1 to that")
    spine = np.arange(-1, depth - 1, dtype=np.int32)
    below = np.sort(_below(_words(people - depth, seed), np.uint64(depth))).astype(np.int32)
    first = np.searchsorted(below, below).astype(np.int32)  # where each small tree begins
    place = np.arange(people - depth, dtype=np.int32) - first
    under = np.where(place == 0, below, depth + first + (place - 1) // 2)
    leg = np.where(place == 0, 2, (place - 1) % 2 + 1)
    spine_leg = np.minimum(np.arange(depth), 1)
    return Shape(
        parent=np.concatenate([spine, under]).astype(np.int32), leg=np.concatenate([spine_leg, leg]).astype(np.int32)
    )


def shuffled(shape: Shape, seed: int) -> Shape:
    """The same tree with its rows in another order, as a file might hold it."""
    old_row = np.argsort(_words(len(shape), seed), kind="stable").astype(np.int32)
    new_row = np.empty(len(shape), dtype=np.int32)
    new_row[old_row] = np.arange(len(shape), dtype=np.int32)
    parent = shape.parent[old_row]
    return Shape(parent=np.where(parent < 0, np.int32(-1), new_row[parent]), leg=shape.leg[old_row])


def random_keys(people: int, seed: int) -> Words:
    """uint64[n, 2]: keys with the version and variant bits of a random UUID."""
    keys = _words(2 * people, seed).reshape(-1, 2)
    keys[:, 0] = keys[:, 0] & np.uint64(0xFFFFFFFFFFFF0FFF) | np.uint64(0x4000)
    keys[:, 1] = keys[:, 1] & np.uint64(0x3FFFFFFFFFFFFFFF) | np.uint64(0x8000000000000000)
    return keys


def _without_legs(parent: Ints32) -> Shape:
    return Shape(parent=parent, leg=np.zeros(len(parent), dtype=np.int32))


def _words(count: int, seed: int) -> Words:
    """The raw bits of the generator: its stream is promised, the distributions built on it are not."""
    raw: Any = np.random.PCG64(seed).random_raw(count)
    return np.asarray(raw, dtype=np.uint64)


def _below(words: Words, bound: Words | np.uint64) -> Words:
    """A whole number from 0 to `bound` - 1 out of the upper half of each word; `bound` is below 2**32."""
    return (words >> np.uint64(32)) * bound >> np.uint64(32)


def _copied(chosen: Ints32, copies: NDArray[np.bool_]) -> Ints32:
    """The upline of each: the one chosen, or where it copies, the upline of that one, which may itself be a copy."""
    source = np.where(copies, chosen, np.arange(len(chosen), dtype=np.int32))
    while copies[source].any():  # follow the copies to who really chose, twice as far each time
        source = source[source]
    return chosen[source]


def _some(people: int) -> int:
    if people < 1:
        raise _refused("simulation.people", f"a tree of {people} people is none", "give at least 1")
    return people


def _refused(code: str, what: str, todo: str) -> InputError:
    return InputError([Finding(code=code, what=what, todo=todo)])
