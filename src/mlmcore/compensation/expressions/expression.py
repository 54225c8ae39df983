"""An expression of a plan: its text, where it stands, and, once the plan is checked, its typed tree.

Two expressions are equal when their texts are: where they stand plays no part, so a plan read from a file equals
the same plan written in Python.
"""

from datetime import date
from decimal import Decimal
from typing import Self

from attrs import field, frozen

from mlmcore.compensation.expressions.tree import Constant, Name, Node, names
from mlmcore.compensation.expressions.types import Type


@frozen(kw_only=True)
class Place:
    """Where a clause stands, to be cited: `starter.toml:41 bonuses.unilevel.rates[0]`."""

    file: str = ""
    line: int | None = None
    path: str = ""

    def __str__(self) -> str:
        position = f"{self.file}:{self.line}" if self.file and self.line is not None else self.file
        return f"{position} {self.path}".strip()


@frozen(kw_only=True)
class Expression:
    """An expression of a plan.

    Attributes:
        text: As written; a number in the file is its text.
        place: Where it stands; plays no part in equality.
        checked: The typed tree, or None until the plan has been checked; plays no part in equality.
    """

    text: str
    place: Place = field(factory=Place, eq=False)
    checked: Node | None = field(default=None, eq=False, repr=False)

    @classmethod
    def of(cls, value: "Expression | Decimal | int | str | bool | date") -> Self:
        """Make an expression out of what a plan may hold where a value is expected; texts are formulas.

        Raises:
            TypeError: The value is a float or anything else that can't be exact.
        """
        if isinstance(value, cls):
            return value
        if isinstance(value, bool):
            return cls(text="true" if value else "false")
        if isinstance(value, Decimal):
            return cls(text=f"{value:f}")
        if isinstance(value, (int, str, date)):
            return cls(text=str(value))
        raise TypeError(f"an expression is a text, a Decimal, an int, a bool or a date, not {value!r}")

    @property
    def node(self) -> Node:
        """The typed tree.

        Raises:
            ValueError: The plan has not been checked.
        """
        if self.checked is None:
            raise ValueError(f"{self.text!r} has not been checked; use `Plan.checked()` or `load_plan`")
        return self.checked

    @property
    def type(self) -> Type:
        """What it yields."""
        return self.node.type

    @property
    def names(self) -> tuple[Name, ...]:
        """The columns that it reads."""
        return names(self.node)

    @property
    def constant(self) -> Decimal | bool | str | date | int | None:
        """Its value when that is known from the plan alone, else None."""
        return self.checked.value if isinstance(self.checked, Constant) else None

    def __str__(self) -> str:
        return self.text
