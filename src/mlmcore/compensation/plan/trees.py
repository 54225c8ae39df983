"""Trees that the plan itself makes: who gets which place of a structure of fixed width (plan language, section 8)."""

from typing import Literal

from attrs import field, frozen

from mlmcore.compensation.expressions.expression import Expression, Place
from mlmcore.compensation.plan._values import expression, one_of, required

__all__ = ["DerivedTree"]


@frozen(kw_only=True)
class DerivedTree:
    """A tree in which people get places by a rule: a binary, or a forced matrix.

    Places are given before anything else is computed, carried, and never given anew.

    Attributes:
        name: As bonuses and aggregates name it.
        placed: By which rule somebody gets a place below somebody.
        under: Below whom: the nearest upline who has a place, or the root.
        tree: The given tree in which the nearest upline is looked for; None is the plan's, or the first that
            is given where the plan's own is made itself.
        where: Who gets a place; whoever has one keeps it.
        width: How many legs everybody has.
        depth: After how many levels below a person that person's matrix ends; None: never.
        full: With `depth`: what happens to somebody for whom that matrix has no place: `up`, `wait` or `error`.
        order: Who comes first among those who are new: a number or a date, the lowest first, ties by id.
        volume: With `weaker_leg`: what each person brings to the legs above.
    """

    name: str
    placed: Literal["breadth_first", "weaker_leg", "left", "right", "balanced"] = field(
        validator=one_of("breadth_first", "weaker_leg", "left", "right", "balanced")
    )
    under: Literal["nearest", "root"] = field(validator=one_of("nearest", "root"))
    tree: str | None = None
    where: Expression = field(default=Expression(text="true"), converter=required)
    width: int
    depth: int | None = None
    full: Literal["up", "wait", "error"] | None = field(default=None, validator=one_of("up", "wait", "error"))
    order: Expression = field(converter=required)
    volume: Expression | None = field(default=None, converter=expression)
    place: Place = field(factory=Place, eq=False, repr=False)
