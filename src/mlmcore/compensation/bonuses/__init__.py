"""The kinds of bonus: each says what it offers, row by row; `_money` turns the rows into lines."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from mlmcore.compensation.bonuses._ran import Ran
from mlmcore.compensation.bonuses._sourced import ran_sourced
from mlmcore.compensation.bonuses.binary import ran_binary
from mlmcore.compensation.bonuses.custom import ran_custom
from mlmcore.compensation.bonuses.pool import ran_pool
from mlmcore.compensation.frames import Sheet
from mlmcore.compensation.plan import (
    AmountBonus,
    AnyBonus,
    BinaryBonus,
    CustomBonus,
    DifferentialBonus,
    LevelsBonus,
    PoolBonus,
)

__all__ = ["Ran", "ran"]

_RUNNERS: Final[Mapping[type[AnyBonus], Callable[..., Ran]]] = {
    AmountBonus: ran_sourced,
    BinaryBonus: ran_binary,
    CustomBonus: ran_custom,
    DifferentialBonus: ran_sourced,
    LevelsBonus: ran_sourced,
    PoolBonus: ran_pool,
}


def ran(sheet: Sheet, bonus: Any) -> Ran:
    """Run a bonus for each of its periods; where its `when` is false it pays nothing, and what it carries stays.

    Raises:
        InputError: Something in it cannot be computed.
    """
    return _RUNNERS[type(bonus)](sheet, bonus)
