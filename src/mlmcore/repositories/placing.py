"""Where somebody new hangs in the placement tree by a rule of spillover, as a question that every store answers.

The rules are S3 to S7 of `docs/genealogy/spillover.md`. How a store finds the place is its own business; that it is the
place that a `mlmcore.genealogy.spillover.Structure` gives is tested.
"""

from enum import StrEnum
from uuid import UUID

from attrs import field, frozen

from mlmcore.domain import validators
from mlmcore.domain.errors import InputError

__all__ = ["FreePlace", "LegVolume", "PlacementRule", "Spillover"]


class PlacementRule(StrEnum):
    """Which free place of a group somebody gets."""

    LEFT = "left"
    RIGHT = "right"
    BREADTH_FIRST = "breadth_first"
    BALANCED = "balanced"
    WEAKER_LEG = "weaker_leg"


class LegVolume(StrEnum):
    """By which volume of each person legs are weighed: a column of `distributors`."""

    CURRENT_MONTH = "current_month_pv"
    """The open period's, as far as it is known."""
    LAST_PERIOD = "personal_pv"
    """The last finalized period's."""
    LIFETIME = "lifetime_pv"
    """All finalized periods'."""


@frozen(kw_only=True, field_transformer=validators.checked)
class Spillover:
    """A place that is asked for by a rule. Everything is said: companies differ in all of it.

    Attributes:
        under_id: In whose group.
        rule: `left` and `right` go down the outermost leg to its end, `breadth_first` takes the free place on the
            highest level, there the first from the left. `balanced` goes down the leg with the fewest people,
            `weaker_leg` the one with the least volume, until that leg is free.
        width: How many legs everybody has: 2 in a binary. Whoever hangs in a leg beyond counts for the group, and has
            no place to give.
        levels: At most so many levels below `under_id`, the depth of a forced matrix; None for any.
        volume: Of `weaker_leg`: which volume is weighed.
    """

    under_id: UUID
    rule: PlacementRule
    width: int = field(validator=validators.integer(1, 1_000))
    levels: int | None = field(validator=validators.integer(1))
    volume: LegVolume | None = None

    def __attrs_post_init__(self) -> None:
        if (self.rule == PlacementRule.WEAKER_LEG) == (self.volume is not None):
            return
        if self.volume is not None:
            raise InputError.of(f"{self.rule} looks at no volume, and volume is {self.volume}", "leave it out")
        raise InputError.of(
            "weaker_leg compares legs by a volume, and companies differ in which",
            "give volume: current_month_pv (the open period's), personal_pv (the last finalized period's) or "
            "lifetime_pv (all finalized periods')",
        )


@frozen(kw_only=True)
class FreePlace:
    """A leg in which nobody hangs.

    Attributes:
        parent_id: Whose leg.
        leg: Which one, from 1.
    """

    parent_id: UUID
    leg: int
