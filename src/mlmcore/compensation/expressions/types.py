"""What an expression yields: a kind, for numbers a unit and decimal places, and whether it may be none.

Types are computed once, when the plan is loaded; at run time columns are brought to the places that the type says.
How types combine (which units meet, how places add up) lives in `check`.
"""

from attrs import evolve, frozen

from mlmcore.compensation.columns import Kind, Unit


@frozen(kw_only=True)
class Type:
    """The type of an expression.

    Attributes:
        kind: As of a column.
        unit: Of a number: points, money, or None for a plain one.
        places: Decimal places of a number.
        optional: Whether a value may be none.
        ratio: Whether the value is an exact fraction, which no column can hold: it must be rounded or compared.
    """

    kind: Kind
    unit: Unit | None = None
    places: int = 0
    optional: bool = False
    ratio: bool = False

    def as_optional(self) -> "Type":
        """Return the same type, with none among its values."""
        return evolve(self, optional=True)

    def __str__(self) -> str:
        noun = self.unit or {"number": "a number", "person": "a person"}.get(self.kind, f"a {self.kind}")
        return f"{noun} or none" if self.optional else noun


BOOLEAN = Type(kind="boolean")
TEXT = Type(kind="text")
DATE = Type(kind="date")
PERSON = Type(kind="person")
RANK = Type(kind="rank", optional=True)
COUNT = Type(kind="number")


def number(unit: Unit | None = None, places: int = 0, *, optional: bool = False) -> Type:
    """Return a number's type."""
    return Type(kind="number", unit=unit, places=places, optional=optional)
