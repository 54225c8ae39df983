"""Rollups: for every node a sum, count, maximum, the k largest, any or all over a part of its group.

Every function answers for all nodes at once, in node order, and hands out read-only arrays. The scopes and the two
masks that all have in common are specified in `docs/genealogy/rollups.md`. What a group is worth in money, and what a
person is, is decided elsewhere.
"""

from mlmcore.genealogy.rollups._checks import Mask
from mlmcore.genealogy.rollups.conditions import (
    downline_all,
    downline_any,
    front_all,
    front_any,
    group_all,
    group_any,
    leg_all,
    leg_any,
    level_all,
    level_any,
    levels_all,
    levels_any,
)
from mlmcore.genealogy.rollups.counts import (
    downline_count,
    front_count,
    group_count,
    leg_count,
    level_count,
    levels_count,
)
from mlmcore.genealogy.rollups.largest import (
    Largest,
    downline_largest,
    downline_top,
    front_largest,
    front_top,
    group_largest,
    group_top,
    leg_largest,
    leg_top,
    level_largest,
    level_top,
    levels_largest,
    levels_top,
)
from mlmcore.genealogy.rollups.maxima import downline_max, front_max, group_max, leg_max, level_max, levels_max
from mlmcore.genealogy.rollups.sums import (
    RollupOverflowError,
    downline_sum,
    front_sum,
    group_sum,
    leg_sum,
    level_sum,
    levels_sum,
)

__all__ = [
    "Largest",
    "Mask",
    "RollupOverflowError",
    "downline_all",
    "downline_any",
    "downline_count",
    "downline_largest",
    "downline_max",
    "downline_sum",
    "downline_top",
    "front_all",
    "front_any",
    "front_count",
    "front_largest",
    "front_max",
    "front_sum",
    "front_top",
    "group_all",
    "group_any",
    "group_count",
    "group_largest",
    "group_max",
    "group_sum",
    "group_top",
    "leg_all",
    "leg_any",
    "leg_count",
    "leg_largest",
    "leg_max",
    "leg_sum",
    "leg_top",
    "level_all",
    "level_any",
    "level_count",
    "level_largest",
    "level_max",
    "level_sum",
    "level_top",
    "levels_all",
    "levels_any",
    "levels_count",
    "levels_largest",
    "levels_max",
    "levels_sum",
    "levels_top",
]
