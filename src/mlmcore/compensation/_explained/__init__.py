"""How each kind of bonus is told by `why`: one module for each kind, found here by the type of the bonus."""

from collections.abc import Mapping
from typing import Any, Final

from mlmcore.compensation._explained._amount import ToldAmount
from mlmcore.compensation._explained._binary import ToldBinary
from mlmcore.compensation._explained._custom import ToldCustom
from mlmcore.compensation._explained._differential import ToldDifferential
from mlmcore.compensation._explained._kind import Line, Told
from mlmcore.compensation._explained._levels import ToldLevels
from mlmcore.compensation._explained._pool import ToldPool
from mlmcore.compensation._explained._teller import Pair, Teller
from mlmcore.compensation.plan import (
    AmountBonus,
    AnyBonus,
    BinaryBonus,
    CustomBonus,
    DifferentialBonus,
    LevelsBonus,
    PoolBonus,
)

__all__ = ["Line", "Pair", "Teller", "Told", "told"]

_TOLD: Final[Mapping[type[AnyBonus], Told[Any]]] = {
    AmountBonus: ToldAmount(),
    BinaryBonus: ToldBinary(),
    CustomBonus: ToldCustom(),
    DifferentialBonus: ToldDifferential(),
    LevelsBonus: ToldLevels(),
    PoolBonus: ToldPool(),
}


def told(bonus: AnyBonus) -> Told[Any]:
    """How bonuses of this one's kind are told."""
    return _TOLD[type(bonus)]
