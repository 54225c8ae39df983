"""What the language knows and what this version can run.

Whatever the language knows and this version cannot run is refused when the plan is loaded, by name, so that nobody
mistakes it for a misspelling and nothing fails in the middle of a month. A feature becomes available by moving its
name here and nowhere else.
"""

from typing import Final

SCOPES: Final = (
    "customers",
    "downline",
    "events",
    "front",
    "group",
    "level",
    "levels",
    "orders",
    "past",
    "positions",
    "purchases",
)

AGGREGATES: Final = ("all", "any", "count", "max", "mean", "min", "sum", "top")
AGGREGATE_KEYWORDS: Final = ("default", "distinct", "leg", "refunds", "tree", "until", "where")

FUNCTIONS: Final = (
    "abs",
    "clamp",
    "day",
    "days_between",
    "floor",
    "full_months_between",
    "lookup",
    "max",
    "min",
    "month",
    "months_between",
    "nearest",
    "position",
    "ratio",
    "rolling",
    "round",
    "sponsor",
    "year",
)
FUNCTIONS_LATER: Final[tuple[str, ...]] = ()

BONUS_KINDS: Final = ("amount", "binary", "custom", "differential", "levels", "pool")
BONUS_KINDS_LATER: Final[tuple[str, ...]] = ()

LEVELS_SOURCES: Final = ("orders", "events.NAME", "people")
BONUS_KEYS_LATER: Final[tuple[str, ...]] = ()

SECTIONS_LATER: Final[tuple[str, ...]] = ()

LATER: Final = "not available in this version"
