"""The names that the language knows: scopes, aggregates and their keywords, functions, kinds of bonuses."""

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

BONUS_KINDS: Final = ("amount", "binary", "custom", "differential", "levels", "pool")

LEVELS_SOURCES: Final = ("orders", "events.NAME", "people")
