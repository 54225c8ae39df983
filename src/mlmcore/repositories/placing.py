"""Where somebody new hangs in the placement tree by a rule of spillover, as a question that every store answers.

The rules are S3, S4 and S7 of `docs/genealogy/spillover.md`; those that weigh groups need the whole tree, which
`mlmcore.genealogy.spillover` has. How a store finds the place is its own business; that it is the same place is tested.
"""

from enum import StrEnum
from uuid import UUID

from attrs import field, frozen

from mlmcore.domain import validators

__all__ = ["FreePlace", "PlacementRule", "Spillover"]


class PlacementRule(StrEnum):
    """Which free place of a group somebody gets."""

    LEFT = "left"
    RIGHT = "right"
    BREADTH_FIRST = "breadth_first"


@frozen(kw_only=True, field_transformer=validators.checked)
class Spillover:
    """A place that is asked for by a rule. Everything is said: companies differ in all of it.

    Attributes:
        under_id: In whose group.
        rule: `left` and `right` go down the outermost leg to its end, `breadth_first` takes the free place on the
            highest level, there the first from the left.
        width: How many legs everybody has: 2 in a binary.
        levels: At most so many levels below `under_id`, the depth of a forced matrix; None for any.
    """

    under_id: UUID
    rule: PlacementRule
    width: int = field(validator=validators.integer(1, 1_000))
    levels: int | None = field(validator=validators.integer(1))


@frozen(kw_only=True)
class FreePlace:
    """A leg in which nobody hangs.

    Attributes:
        parent_id: Whose leg.
        leg: Which one, from 1.
    """

    parent_id: UUID
    leg: int
