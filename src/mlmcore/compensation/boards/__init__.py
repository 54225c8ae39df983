"""Boards that fill, split and cycle: filled before a plan runs, so that their cycles are events like any other."""

from mlmcore.compensation.boards._ids import board_number, cycle_id
from mlmcore.compensation.boards._made import with_boards

__all__ = ["board_number", "cycle_id", "with_boards"]
