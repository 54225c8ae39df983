"""The network as arrays: build it, check it, ask it, change it, roll numbers up it.

What is used most is here; the modules hold the rest: rollups, nearest, closure, walks, differentials, arrow.
"""

from mlmcore.genealogy.build import (
    Built,
    build,
    build_from_edges,
    build_from_labels,
    build_with_rows,
    check_edges,
    check_parents,
)
from mlmcore.genealogy.dated import DatedEdges, Differences, differences
from mlmcore.genealogy.drawing import Outline
from mlmcore.genealogy.edits import Edited, add_leaves, add_leaves_from_labels, move, move_many
from mlmcore.genealogy.genealogy import Genealogy, Leg
from mlmcore.genealogy.ids import IdIndex, uuid_keys
from mlmcore.genealogy.live import LiveGenealogy
from mlmcore.genealogy.network import BuiltNetwork, Network, build_network, build_network_with_rows
from mlmcore.genealogy.places import Places
from mlmcore.genealogy.spillover import HoldingTank, SpilloverRule, Structure

__all__ = [
    "Built",
    "BuiltNetwork",
    "DatedEdges",
    "Differences",
    "Edited",
    "Genealogy",
    "HoldingTank",
    "IdIndex",
    "Leg",
    "LiveGenealogy",
    "Network",
    "Outline",
    "Places",
    "SpilloverRule",
    "Structure",
    "add_leaves",
    "add_leaves_from_labels",
    "build",
    "build_from_edges",
    "build_from_labels",
    "build_network",
    "build_network_with_rows",
    "build_with_rows",
    "check_edges",
    "check_parents",
    "differences",
    "move",
    "move_many",
    "uuid_keys",
]
