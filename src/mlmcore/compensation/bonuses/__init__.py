"""The kinds of bonus: each says what it offers, row by row; `_money` turns the rows into lines."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from mlmcore.compensation.bonuses._found import Found
from mlmcore.compensation.bonuses._sources import Sources
from mlmcore.compensation.bonuses.amount import found_by_amount
from mlmcore.compensation.bonuses.differential import found_by_differential
from mlmcore.compensation.bonuses.levels import found_by_levels
from mlmcore.compensation.frames import Sheet
from mlmcore.compensation.plan import AmountBonus, DifferentialBonus, LevelsBonus, SourceBonus

__all__ = ["found_by"]

_FINDERS: Final[Mapping[type[SourceBonus], Callable[[Sheet, Any, Sources], Found]]] = {
    AmountBonus: found_by_amount,
    DifferentialBonus: found_by_differential,
    LevelsBonus: found_by_levels,
}


def found_by(sheet: Sheet, bonus: SourceBonus, sources: Sources) -> Found:
    """Everything that a bonus offers in the sheet's window.

    Raises:
        InputError: Something in it cannot be computed.
    """
    return _FINDERS[type(bonus)](sheet, bonus, sources)
