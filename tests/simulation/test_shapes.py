"""Shapes: sound trees of the asked size, the same for ever, with the form that their name says."""

import hashlib
from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest

from mlmcore.domain.errors import InputError
from mlmcore.genealogy import Genealogy, IdIndex, build
from mlmcore.simulation.shapes import (
    Shape,
    chain,
    power_leg,
    preferential,
    random_keys,
    random_recursive,
    shuffled,
    star,
)

SEED = 7
PINNED = ["64d63435202b8a5d", "c3c6f056001ae1cf", "44728c14cad435dd"]
PINNED_KEYS = "5486e3bf2b5b24f8"
SHAPES: dict[str, Callable[[int], Shape]] = {
    "chain": chain,
    "star": star,
    "random_recursive": lambda people: random_recursive(people, SEED),
    "preferential": lambda people: preferential(people, SEED),
    "power_leg": lambda people: power_leg(people, (people + 1) // 2, SEED),
}


def built(shape: Shape) -> Genealogy:
    """The shape as a genealogy."""
    return build(IdIndex.from_keys(random_keys(len(shape), SEED)), shape.parent, shape.leg)


class TestEveryShape:
    @pytest.mark.parametrize("people", [1, 2, 3, 1000])
    @pytest.mark.parametrize("name", sorted(SHAPES))
    def test_is_one_sound_tree_of_the_asked_size(self, name: str, people: int) -> None:
        """One root, an upline before the people below, int32."""
        shape = SHAPES[name](people)

        tree = built(shape)
        tree.check()
        assert len(tree) == people
        assert len(tree.roots) == 1
        assert (shape.parent[1:] < np.arange(1, people)).all()
        assert shape.parent.dtype == shape.leg.dtype == np.int32

    @pytest.mark.parametrize("name", sorted(SHAPES))
    def test_of_nobody_is_refused(self, name: str) -> None:
        """A tree has people."""
        with pytest.raises(InputError) as refused:
            SHAPES[name](0)

        assert str(refused.value) == "a tree of 0 people is none; give at least 1"


class TestSeed:
    def test_the_same_seed_gives_the_same_tree_for_ever(self) -> None:
        """Pinned: what a benchmark says of a seed must be repeatable years later, on any machine."""
        shapes = (random_recursive(500, 1), preferential(500, 1), power_leg(500, 100, 1))
        found = [hashlib.sha256(shape.parent.astype("<i4").tobytes()).hexdigest()[:16] for shape in shapes]

        assert found == PINNED
        assert hashlib.sha256(random_keys(500, 1).astype("<u8").tobytes()).hexdigest()[:16] == PINNED_KEYS

    def test_another_seed_gives_another_tree(self) -> None:
        """Not one tree under many names."""
        assert not np.array_equal(random_recursive(500, 1).parent, random_recursive(500, 2).parent)


class TestForms:
    def test_a_chain_is_as_deep_as_it_has_people(self) -> None:
        """Each under the one before."""
        assert built(chain(100)).depth.max() == 99

    def test_a_star_has_one_level(self) -> None:
        """Everybody under the first."""
        assert built(star(100)).depth.max() == 1

    def test_a_random_recursive_tree_is_as_deep_as_it_should_be(self) -> None:
        """The mean depth of person n is the sum of 1/k below n; known since Moon (1974)."""
        people = 20_000
        expected = np.mean(np.cumsum(1 / np.arange(1, people)))

        assert abs(built(random_recursive(people, SEED)).depth.mean() - expected) < 0.5

    def test_preferential_attachment_gives_a_few_people_many(self) -> None:
        """The largest front grows with the square root of the size, not with its logarithm."""
        fronts = [
            max(Counter(shape.parent.tolist()).values())
            for shape in (preferential(20_000, SEED), random_recursive(20_000, SEED))
        ]

        assert fronts[0] > 5 * fronts[1]

    def test_a_copy_of_a_copy_is_followed_to_the_end(self) -> None:
        """Slowly: each copies the upline of the one it chose, in order."""
        people = 2_000
        raw = np.random.PCG64(SEED).random_raw(2 * people).tolist()
        slow = [-1]
        for person in range(1, people):
            chosen = (raw[person] >> 32) * person >> 32
            slow.append(slow[chosen] if raw[people + person] & 1 and chosen > 0 else chosen)

        assert preferential(people, SEED).parent.tolist() == slow

    def test_a_power_leg_is_binary_and_as_deep_as_asked(self) -> None:
        """Legs 1 and 2 only, each once; the leg itself in leg 1."""
        shape = power_leg(1_000, 300, SEED)
        places = Counter(zip(shape.parent.tolist(), shape.leg.tolist(), strict=True))

        assert set(shape.leg[1:].tolist()) == {1, 2}
        assert max(places.values()) == 1
        assert shape.parent[:300].tolist() == list(range(-1, 299))
        assert shape.leg[:300].tolist() == [0] + [1] * 299

    def test_a_leg_deeper_than_everybody_is_refused(self) -> None:
        """Bad input is refused in words."""
        with pytest.raises(InputError) as refused:
            power_leg(10, 11, SEED)

        assert str(refused.value) == "10 people have no leg of 11; give a depth from 1 to that"


class TestShuffled:
    def test_is_the_same_tree_in_another_order(self) -> None:
        """Sizes of groups and depths are those of the original."""
        shape = preferential(500, SEED)

        other = shuffled(shape, SEED)

        assert not np.array_equal(other.parent, shape.parent)
        assert sorted(built(other).subtree_size.tolist()) == sorted(built(shape).subtree_size.tolist())
        assert sorted(built(other).depth.tolist()) == sorted(built(shape).depth.tolist())


class TestKeys:
    def test_are_random_uuids(self) -> None:
        """Version 4, the variant of RFC 9562, and all different."""
        labels = IdIndex.from_keys(random_keys(50, SEED)).labels(np.arange(50))

        assert {label[14] for label in labels} == {"4"}
        assert {label[19] for label in labels} <= set("89ab")
