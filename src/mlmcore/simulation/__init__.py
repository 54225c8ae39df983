"""Networks that never were: seeded people and orders for the demo, for a first try and for benchmarks."""

from mlmcore.simulation.csv_files import write_orders, write_people
from mlmcore.simulation.entities import SeededEntities, entities_of
from mlmcore.simulation.network import CATALOGUE, SeededNetwork, seeded_network

__all__ = [
    "CATALOGUE",
    "SeededEntities",
    "SeededNetwork",
    "entities_of",
    "seeded_network",
    "write_orders",
    "write_people",
]
