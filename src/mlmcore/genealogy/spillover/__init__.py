"""Placing people in structures of fixed width by the rules of the trade, and the tank in which they wait."""

from mlmcore.genealogy.spillover.holding_tank import HoldingTank, PlacedOverdue, Waiting
from mlmcore.genealogy.spillover.structure import Person, Place, Placed, SpilloverRule, Structure

__all__ = [
    "HoldingTank",
    "Person",
    "Place",
    "Placed",
    "PlacedOverdue",
    "SpilloverRule",
    "Structure",
    "Waiting",
]
