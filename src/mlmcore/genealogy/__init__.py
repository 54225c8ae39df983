"""The network as arrays: build it, check it, ask it, roll numbers up it."""

from mlmcore.genealogy.build import Built, build, build_from_labels, build_with_rows
from mlmcore.genealogy.genealogy import Genealogy, Leg
from mlmcore.genealogy.ids import IdIndex
from mlmcore.genealogy.network import BuiltNetwork, Network, build_network, build_network_with_rows
from mlmcore.genealogy.places import Places

__all__ = [
    "Built",
    "BuiltNetwork",
    "Genealogy",
    "IdIndex",
    "Leg",
    "Network",
    "Places",
    "build",
    "build_from_labels",
    "build_network",
    "build_network_with_rows",
    "build_with_rows",
]
