"""What one bonus did in a run, whatever its kind: drafts, columns that it publishes, and what it hands on."""

from collections.abc import Mapping

from attrs import field, frozen

from mlmcore.compensation.bonuses._draft import Draft
from mlmcore.compensation.columns import Column
from mlmcore.compensation.inputs import CarriedRows

__all__ = ["Ran"]


@frozen(kw_only=True, eq=False)
class Ran:
    """What one bonus did in a run.

    Attributes:
        drafts: One for each period or sub-period in which it ran.
        columns: What it publishes about people besides `earned` and `paid`, by full name.
        figures: What it publishes about the run as a whole, by full name: columns of one row.
        carried: Columns of people for the next period, by full name.
        rows: What it hands on that is no column of people, by the name of what keeps it.
    """

    drafts: tuple[Draft, ...]
    columns: Mapping[str, Column] = field(factory=dict)
    figures: Mapping[str, Column] = field(factory=dict)
    carried: Mapping[str, Column] = field(factory=dict)
    rows: Mapping[str, CarriedRows] = field(factory=dict)
