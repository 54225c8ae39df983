"""What one bonus must and may say: keys that need or exclude one another, kinds, units and decimal places.

One module for each kind of bonus; what all share stands in `_common`.
"""

from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

from mlmcore.compensation._checks._amount import AmountCheck
from mlmcore.compensation._checks._binary import BinaryCheck
from mlmcore.compensation._checks._caps import check_cap, check_cap_ids
from mlmcore.compensation._checks._custom import CustomCheck
from mlmcore.compensation._checks._differential import DifferentialCheck
from mlmcore.compensation._checks._earned import (
    carried_columns,
    carried_figures,
    earned_type,
    own_columns,
    published_columns,
    published_figures,
)
from mlmcore.compensation._checks._levels import LevelsCheck
from mlmcore.compensation._checks._moments import check_as_of
from mlmcore.compensation._checks._pool import PoolCheck
from mlmcore.compensation._sheet import Sheet
from mlmcore.compensation.plan import (
    AmountBonus,
    AnyBonus,
    BinaryBonus,
    CustomBonus,
    DifferentialBonus,
    LevelsBonus,
    Plan,
    PoolBonus,
)

__all__ = [
    "carried_columns",
    "carried_figures",
    "check_as_of",
    "check_bonus",
    "check_cap",
    "check_cap_ids",
    "earned_type",
    "own_columns",
    "published_columns",
    "published_figures",
]

_CHECKS: Final[Mapping[type[AnyBonus], Callable[..., Any]]] = {
    AmountBonus: AmountCheck,
    BinaryBonus: BinaryCheck,
    CustomBonus: CustomCheck,
    DifferentialBonus: DifferentialCheck,
    LevelsBonus: LevelsCheck,
    PoolBonus: PoolCheck,
}


def check_bonus(bonus: AnyBonus, plan: Plan, sheet: Sheet, known: Collection[str]) -> AnyBonus:
    """Return a bonus with its expressions typed; what is wrong goes to the sheet's findings.

    Args:
        bonus: As written.
        plan: The plan that it stands in.
        sheet: The plan's namespace and findings.
        known: Columns that are shown never to be negative.
    """
    checked: AnyBonus = _CHECKS[type(bonus)](bonus, plan, sheet, known).run()
    return checked
