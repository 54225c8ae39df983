"""Several trees over the same people, and how the positions of one become those of another.

A person is a position in the preorder of the default tree, so there person and node are the same number and nothing is
permuted. Every other tree holds both permutations, unless it happens to have the same order.
"""

from collections.abc import Mapping
from functools import partial
from types import MappingProxyType
from typing import Final

import numpy as np
from attrs import Attribute, evolve, field, frozen

from mlmcore.domain.errors import Findings, InputError, nearest
from mlmcore.genealogy._arrays import Ints32, input_error, inverse_of, sealed
from mlmcore.genealogy.build import Built, build_with_rows
from mlmcore.genealogy.genealogy import Genealogy
from mlmcore.genealogy.ids import IdIndex
from mlmcore.genealogy.places import Places
from mlmcore.genealogy.threads import together

__all__ = ["Network", "build_network"]

Edges = tuple[Ints32, Ints32 | None]
Permutations = Mapping[str, Ints32 | None]

_NO_PLACES: Final = Places()


def _frozen_mapping(trees: Mapping[str, Genealogy]) -> Mapping[str, Genealogy]:
    return MappingProxyType(dict(trees))


@frozen(eq=False, repr=False)
class Network:
    """Trees over the same people.

    Attributes:
        ids: Who each person is; the same as those of the default tree.
        trees: The trees by name.
        default: The name of the tree whose preorder is the order of the people.
        node_of_person: By tree, int32[n]: the node of each person; None where both are the same. Found by the ids when
            it is left out.
        person_of_node: By tree, int32[n]: the person at each node; None where both are the same.
    """

    ids: IdIndex
    trees: Mapping[str, Genealogy] = field(converter=_frozen_mapping)
    default: str = field()
    node_of_person: Permutations = field()
    person_of_node: Permutations = field(init=False)

    @default.validator
    def _is_a_tree(self, _: "Attribute[str]", name: str) -> None:
        if not _same(self.ids, self.tree(name).ids):
            raise input_error(
                "network.order",
                f"the people are not in the order of the default tree {name}",
                f"give the ids of the tree {name}",
            )

    @node_of_person.default
    def _found(self) -> Permutations:
        found = {name: _node_of_person(name, self.ids, tree.ids) for name, tree in self.trees.items()}
        return MappingProxyType(found)

    @person_of_node.default
    def _inverted(self) -> Permutations:
        return MappingProxyType({name: _inverse(nodes) for name, nodes in self.node_of_person.items()})

    def __len__(self) -> int:
        return len(self.ids)

    def __repr__(self) -> str:
        names = ", ".join(f"{name}*" if name == self.default else name for name in self.trees)
        return f"Network({len(self):,} people, trees: {names})"

    def tree(self, name: str) -> Genealogy:
        """One tree by name.

        Raises:
            InputError: There is no such tree.
        """
        if name not in self.trees:
            raise input_error("network.tree", f"there is no tree {name!r}", nearest(name, self.trees))
        return self.trees[name]


@frozen(kw_only=True, eq=False)
class BuiltNetwork:
    """A network, and where its people stood in the input.

    Attributes:
        network: The trees.
        row_of_person: int32[n], read-only: the row of the input that each person was.
        person_of_row: int32[n], read-only: the person that each row became.
    """

    network: Network
    row_of_person: Ints32
    person_of_row: Ints32


def build_network(ids: IdIndex, trees: Mapping[str, Edges], default: str, places: Places = _NO_PLACES) -> Network:
    """Arrange people in several trees.

    Args:
        ids: Who each row is.
        trees: By name, the upline's row of each row (int32[n], -1 for none) and the leg (int32[n], 0 without a number;
            or None). Whoever is absent from a tree has no upline there.
        default: The tree whose preorder becomes the order of the people.
        places: File and lines of the rows, for findings.

    Raises:
        InputError: The default names no tree, or anything is wrong with any of the trees (see `build`), all at once.
    """
    return build_network_with_rows(ids, trees, default, places).network


def build_network_with_rows(
    ids: IdIndex, trees: Mapping[str, Edges], default: str, places: Places = _NO_PLACES
) -> BuiltNetwork:
    """As `build_network`, with the row that each person was."""
    if default not in trees:
        raise input_error("network.tree", f"the default tree is {default!r}, which is none", nearest(default, trees))
    built = _all_built(ids, trees, places)
    row_of_person = built[default].row_of_node
    person_of_row = inverse_of(row_of_person)
    nodes: dict[str, Ints32 | None] = {}
    for name, one in built.items():
        people = person_of_row[one.row_of_node]
        nodes[name] = None if _is_identity(people) else inverse_of(people)
    genealogies = {name: one.genealogy for name, one in built.items()}
    network = Network(genealogies[default].ids, genealogies, default, MappingProxyType(nodes))
    return BuiltNetwork(network=network, row_of_person=row_of_person, person_of_row=person_of_row)


def _all_built(ids: IdIndex, trees: Mapping[str, Edges], places: Places) -> dict[str, Built]:
    """All trees, side by side, or what is wrong with all of them."""
    ids.rank, ids.in_order  # noqa: B018  (every tree asks for them, and they are built side by side)

    def one(name: str) -> Built | InputError:
        try:
            return build_with_rows(ids, *trees[name], evolve(places, tree=name))
        except InputError as error:
            return error

    built = dict(zip(trees, together(len(ids), *(partial(one, name) for name in trees)), strict=True))
    found = Findings()
    for error in built.values():
        if isinstance(error, InputError):
            found.extend(error.findings)
    found.raise_if_any()
    return {name: tree for name, tree in built.items() if isinstance(tree, Built)}


def _node_of_person(name: str, people: IdIndex, nodes: IdIndex) -> Ints32 | None:
    if _same(people, nodes):
        return None
    found = nodes.find(people.keys)
    missing = people.labels(np.flatnonzero(found < 0)[:20])
    if missing or len(people) != len(nodes):
        raise input_error(
            "network.people",
            f"the tree {name} holds {len(nodes):,} people, the default tree {len(people):,}"
            + (f"; missing: {', '.join(missing)}" if missing else ""),
            "every tree holds all people; whoever has no upline there is a root",
        )
    return sealed(found)


def _same(people: IdIndex, nodes: IdIndex) -> bool:
    return people is nodes or np.array_equal(people.keys, nodes.keys)


def _is_identity(permutation: Ints32) -> bool:
    return np.array_equal(permutation, np.arange(len(permutation)))


def _inverse(permutation: Ints32 | None) -> Ints32 | None:
    return None if permutation is None else inverse_of(permutation)
