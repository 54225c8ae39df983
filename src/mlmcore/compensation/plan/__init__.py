"""The plan as values: one frozen attrs class per part of the document.

The loader makes these from TOML, and anybody may make them in Python: both are equal when they say the same, since
positions in a file play no part. Every option that takes an expression takes a text, a Decimal or an int here.
What the parts mean together (names, kinds, units, cycles) is checked by `Plan.checked()`; which keys each kind of
bonus knows, and which this version can run, stands in `available`.
"""

from mlmcore.compensation.plan._values import Value
from mlmcore.compensation.plan.amount import AmountBonus, AmountOfRank
from mlmcore.compensation.plan.binary import BinaryBonus, PairCap
from mlmcore.compensation.plan.boards import Board
from mlmcore.compensation.plan.bonus import Bonus, PeriodName
from mlmcore.compensation.plan.caps import Cap
from mlmcore.compensation.plan.custom import CustomBonus
from mlmcore.compensation.plan.differential import DifferentialBonus, Equal
from mlmcore.compensation.plan.document import AnyBonus, Plan, SourceBonus, WalkBonus
from mlmcore.compensation.plan.inputs import InputColumn, Inputs, Rounding
from mlmcore.compensation.plan.levels import Decay, LevelsBonus
from mlmcore.compensation.plan.pool import PoolBonus, PoolPart
from mlmcore.compensation.plan.ranks import Carry, Rank, RankRule
from mlmcore.compensation.plan.tables import KeyTable, Table, ThresholdTable
from mlmcore.compensation.plan.trees import DerivedTree

__all__ = [
    "AmountBonus",
    "AmountOfRank",
    "AnyBonus",
    "BinaryBonus",
    "Board",
    "Bonus",
    "Cap",
    "Carry",
    "CustomBonus",
    "Decay",
    "DerivedTree",
    "DifferentialBonus",
    "Equal",
    "InputColumn",
    "Inputs",
    "KeyTable",
    "LevelsBonus",
    "PairCap",
    "PeriodName",
    "Plan",
    "PoolBonus",
    "PoolPart",
    "Rank",
    "RankRule",
    "Rounding",
    "SourceBonus",
    "Table",
    "ThresholdTable",
    "Value",
    "WalkBonus",
]
