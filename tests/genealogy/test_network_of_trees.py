"""`Network`: several trees over the same people."""

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from genealogy.forests import int32
from mlmcore.domain.errors import InputError
from mlmcore.genealogy import IdIndex, Network, build, build_network, build_network_with_rows

PEOPLE = ["ann", "bob", "cid"]
SPONSOR = (int32([-1, 0, 0]), None)
PLACEMENT = (int32([-1, 2, 0]), int32([0, 1, 2]))


def forest(chance: random.Random, count: int) -> list[int]:
    """Uplines in an order of their own."""
    order = chance.sample(range(count), count)
    parent = [-1] * count
    for place, row in enumerate(order):
        parent[row] = order[chance.randrange(place)] if place and chance.random() < 0.9 else -1
    return parent


class TestBuilding:
    """`build_network`."""

    @given(seed=st.integers(0, 2**32), count=st.integers(0, 20))
    def test_every_tree_keeps_its_edges_in_the_order_of_the_people(self, seed: int, count: int) -> None:
        """Through the permutations, each tree says of each person what its rows said."""
        chance = random.Random(seed)
        labels = [f"p{number}" for number in chance.sample(range(100), count)]
        parents = {name: forest(chance, count) for name in ("sponsor", "placement", "enroller")}
        trees = {name: (int32(parent), None) for name, parent in parents.items()}

        built = build_network_with_rows(IdIndex.from_labels(labels), trees, "placement")

        network = built.network
        everybody = network.ids.labels(np.arange(count))
        assert everybody == [labels[row] for row in built.row_of_person.tolist()]
        assert labels == [everybody[person] for person in built.person_of_row.tolist()]
        assert network.person_of_node["placement"] is None
        for name, tree in network.trees.items():
            nodes = network.node_of_person[name]
            people = network.person_of_node[name]
            for person, row in enumerate(built.row_of_person.tolist()):
                node = person if nodes is None else int(nodes[person])
                upline = tree.parent_of(node)
                expected = parents[name][row]

                assert (node if people is None else int(people[node])) == person
                assert tree.ids.label(node) == labels[row]
                assert (upline < 0) == (expected < 0)
                assert upline < 0 or tree.ids.label(upline) == labels[expected]

    @given(seed=st.integers(0, 2**32), count=st.integers(0, 20))
    def test_permutations_are_found_by_the_ids_too(self, seed: int, count: int) -> None:
        """A network made from genealogies equals one made from edges."""
        chance = random.Random(seed)
        ids = IdIndex.from_labels([f"p{number}" for number in range(count)])
        trees = {name: (int32(forest(chance, count)), None) for name in ("sponsor", "placement")}
        built = build_network(ids, trees, "sponsor")

        made = Network(built.ids, built.trees, "sponsor")

        for name in trees:
            for one, other in (
                (built.node_of_person[name], made.node_of_person[name]),
                (built.person_of_node[name], made.person_of_node[name]),
            ):
                assert (one is None) == (other is None)
                assert one is None or other is None or one.tolist() == other.tolist()

    def test_trees_of_one_order_have_no_permutation(self) -> None:
        """Nothing is paid where node and person are the same."""
        network = build_network(IdIndex.from_labels(PEOPLE), {"sponsor": SPONSOR, "enroller": SPONSOR}, "sponsor")

        assert dict(network.node_of_person) == {"sponsor": None, "enroller": None}
        assert repr(network) == "Network(3 people, trees: sponsor*, enroller)"

    def test_legs_decide_before_labels(self) -> None:
        """Cid hangs in leg 2 of Ann, Bob in leg 1 of Cid."""
        network = build_network(IdIndex.from_labels(PEOPLE), {"sponsor": SPONSOR, "placement": PLACEMENT}, "sponsor")

        assert network.tree("placement").to_text() == "ann\n  cid\n    bob"
        assert network.person_of_node["placement"] is not None
        assert network.person_of_node["placement"].tolist() == [0, 2, 1]


class TestRefusals:
    """What a network refuses."""

    def test_faults_of_all_trees_are_told_together(self) -> None:
        """One reading of the input tells everything, and of which tree."""
        trees = {"sponsor": (int32([1, 0, -1]), None), "placement": (int32([-1, -1, 2]), None)}
        with pytest.raises(InputError) as caught:
            build_network(IdIndex.from_labels(PEOPLE), trees, "sponsor")

        assert str(caught.value) == (
            "2 findings:\n"
            "placement: person cid: is named as the own upline; name another upline, or none for a root\n"
            "sponsor: person ann: the uplines go round in a cycle: ann -> bob -> ann; "
            "give one of them another upline, or none"
        )

    def test_the_default_is_one_of_the_trees(self) -> None:
        """A tree is named, not guessed."""
        with pytest.raises(
            InputError, match=r"^the default tree is 'sponser', which is none; did you mean 'sponsor'\?$"
        ):
            build_network(IdIndex.from_labels(PEOPLE), {"sponsor": SPONSOR}, "sponser")

    def test_an_unknown_tree_is_refused(self) -> None:
        """The nearest name helps."""
        network = build_network(IdIndex.from_labels(PEOPLE), {"sponsor": SPONSOR}, "sponsor")
        with pytest.raises(InputError, match=r"^there is no tree 'sponsors'; did you mean 'sponsor'\?$"):
            network.tree("sponsors")

    def test_people_stand_in_the_order_of_the_default_tree(self) -> None:
        """Person and node are one number there."""
        ids = IdIndex.from_labels(["bob", "ann", "cid"])
        tree = build(ids, int32([-1, -1, -1]))
        with pytest.raises(InputError) as caught:
            Network(ids, {"sponsor": tree}, "sponsor")

        assert str(caught.value) == (
            "the people are not in the order of the default tree sponsor; give the ids of the tree sponsor"
        )

    def test_every_tree_holds_everybody(self) -> None:
        """Nobody is lost between two trees."""
        whole = build(IdIndex.from_labels(PEOPLE), SPONSOR[0])
        part = build(IdIndex.from_labels(["ann", "bob"]), int32([-1, 0]))
        with pytest.raises(InputError) as caught:
            Network(whole.ids, {"sponsor": whole, "placement": part}, "sponsor")

        assert str(caught.value) == (
            "the tree placement holds 2 people, the default tree 3; missing: cid; "
            "every tree holds all people; whoever has no upline there is a root"
        )
