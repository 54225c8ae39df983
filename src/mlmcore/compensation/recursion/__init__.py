"""Columns that read themselves: along one tree, whoever is read first; or, of ranks, until nothing changes."""

from mlmcore.compensation.recursion.fixpoint import take_fixpoint
from mlmcore.compensation.recursion.run import take_recursion

__all__ = ["take_fixpoint", "take_recursion"]
