"""Caps: the most that one or several bonuses pay together (plan language, section 5.7)."""

from collections.abc import Mapping
from typing import Any, Literal

from attrs import Attribute, field, frozen

from mlmcore.compensation.expressions.expression import Expression, Place
from mlmcore.compensation.plan._values import items, one_of, required, texts

__all__ = ["PER", "Cap", "CapPer"]

CapPer = Literal["payee", "owner", "source", "level", "company"]
PER: tuple[CapPer, ...] = ("payee", "owner", "source", "level", "company")
"""What a cap may be per."""


def _known(_: object, attribute: "Attribute[Any]", words: tuple[str, ...]) -> None:
    for word in words:
        if word not in PER:
            raise ValueError(f"{attribute.name} must be of {', '.join(map(repr, PER))}, not {word!r}")


@frozen(kw_only=True)
class Cap:
    """The most that some bonuses pay together, in each group of lines.

    Attributes:
        id: Its name, by which a variant changes or drops it; None where it needs none.
        bonuses: Ids of the bonuses whose lines it counts and cuts.
        per: What the lines of one group have in common.
        limit: The most, in money; the payee's where `per` has the payee, otherwise the same for everybody.
        apply: How a group that is over it is cut: `scale`, `cut_last`, `priority`.
    """

    id: str | None = None
    bonuses: tuple[str, ...] = field(converter=texts)
    per: tuple[CapPer, ...] = field(converter=texts, validator=_known)
    limit: Expression = field(converter=required)
    apply: Literal["scale", "cut_last", "priority"] = field(validator=one_of("scale", "cut_last", "priority"))
    place: Place = field(factory=Place, eq=False, repr=False)
    places: Mapping[str, Place] = field(factory=dict, eq=False, repr=False, converter=items)

    def place_of(self, key: str) -> Place:
        """Return where a key of this cap stands, or the cap itself when the key was left out."""
        return self.places.get(key, self.place)
