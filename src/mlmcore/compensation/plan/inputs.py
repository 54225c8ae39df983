"""What a plan expects to be given, and how it rounds money."""

from collections.abc import Mapping
from typing import Literal

from attrs import field, frozen

from mlmcore.compensation.columns import Kind, Unit
from mlmcore.compensation.plan._values import items, one_of, tables, texts
from mlmcore.domain.exact import RoundingMode

__all__ = ["InputColumn", "Inputs", "Rounding"]


def _mode(value: RoundingMode | str) -> RoundingMode:
    return RoundingMode(value)


@frozen(kw_only=True)
class Rounding:
    """How money becomes whole minor units: the mode, the decimal places, and whether lines or totals are rounded."""

    mode: RoundingMode = field(converter=_mode)
    places: int
    at: Literal["line", "payee"] = field(validator=one_of("line", "payee"))


@frozen(kw_only=True)
class InputColumn:
    """A declared volume, attribute or order column: its kind, unit and decimal places."""

    kind: Kind
    unit: Unit | None = None
    places: int = 0


@frozen(kw_only=True)
class Inputs:
    """What the plan expects to be given: trees, volumes and columns of orders, attributes of people, company figures.

    Attributes:
        trees: Names of the trees, the default one among them.
        volumes: Number columns of orders, in points or money.
        attributes: Columns of people.
        order_columns: Further columns of orders that are given, not derived.
        company: One figure each for the whole company.
        events: Further dated rows by person, by name: the columns of each besides date and person.
        owner: The text attribute that says whose a position is; None where everybody is their own owner.
    """

    trees: tuple[str, ...] = field(default=("sponsor",), converter=texts)
    volumes: Mapping[str, InputColumn] = field(factory=dict, converter=items)
    attributes: Mapping[str, InputColumn] = field(factory=dict, converter=items)
    order_columns: Mapping[str, InputColumn] = field(factory=dict, converter=items)
    company: Mapping[str, InputColumn] = field(factory=dict, converter=items)
    events: Mapping[str, Mapping[str, InputColumn]] = field(factory=dict, converter=tables)
    owner: str | None = None
