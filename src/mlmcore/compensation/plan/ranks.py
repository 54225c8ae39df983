"""Ranks: where they come from and what each requires; and what a plan hands from one period to the next."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Literal

from attrs import field, frozen

from mlmcore.compensation.expressions.expression import Expression, Place
from mlmcore.compensation.plan._values import decimals, expression, one_of, required

__all__ = ["Carry", "Rank", "RankRule"]


@frozen(kw_only=True)
class RankRule:
    """Which rank a person has.

    Attributes:
        source: `requires` (by each rank's requirement), `attribute` (given), `best` (the highest ever).
        attribute: The text attribute that holds the rank's id, with `attribute`.
        climb: `highest`: the highest whose own requirement holds; `ladder`: every lower one too.
    """

    source: Literal["requires", "attribute", "best"] = field(
        default="requires", validator=one_of("requires", "attribute", "best")
    )
    attribute: str = ""
    climb: Literal["highest", "ladder"] = field(default="highest", validator=one_of("highest", "ladder"))
    place: Place = field(factory=Place, eq=False, repr=False)


@frozen(kw_only=True)
class Rank:
    """One rank: its requirement and its own numbers, read as `this.NAME` while it is under test."""

    id: str
    requires: Expression | None = field(default=None, converter=expression)
    numbers: Mapping[str, Decimal] = field(factory=dict, converter=decimals)
    place: Place = field(factory=Place, eq=False, repr=False)


@frozen(kw_only=True)
class Carry:
    """What is handed to the next period: its new value, and the value before the first period."""

    name: str
    value: Expression = field(converter=required)
    initial: Expression = field(converter=required)
    place: Place = field(factory=Place, eq=False, repr=False)
