"""The volumes of the live layer, by slot: what people bring themselves, what their groups do, and the overflow bound.

The bound is the sum of everybody's absolute own volume, kept exact: as long as it fits int64 every group's volume does,
whoever is moved where, and a full recalculation refuses exactly what is refused here.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from operator import index
from typing import Final

import numpy as np
from attrs import define

from mlmcore.domain.errors import Finding, Findings, InputError
from mlmcore.genealogy import rollups
from mlmcore.genealogy._arrays import Ints32, Ints64, input_error, sum_of_absolutes
from mlmcore.genealogy.genealogy import Genealogy
from mlmcore.genealogy.live import _findings as say
from mlmcore.genealogy.live._by_slot import BySlot, add_along

__all__ = ["Change", "Column", "Given", "Volumes", "whole"]

_LARGEST: Final = int(np.iinfo(np.int64).max)
_RESERVED: Final = ("leg", "under")

Given = Mapping[str, Ints64] | Iterable[str]


@define(kw_only=True, eq=False)
class Column:
    """One volume, by slot.

    Attributes:
        personal: int64: what each person brings.
        group: int64: what each person's group brings, the person included.
        absolute: The sum of the absolute values of `personal`.
    """

    personal: BySlot[np.int64]
    group: BySlot[np.int64]
    absolute: int

    def absolute_after(self, slot: int, amount: int) -> int:
        """What `absolute` will be when the person (negative: somebody new) brings so much more."""
        own = self.personal.view[slot] if slot >= 0 else 0
        return self.absolute - abs(own) + abs(own + amount)


@define(kw_only=True)
class Change:
    """What is to be added to a column, and what its `absolute` is then."""

    column: Column
    amount: int
    absolute: int


class Volumes:
    """The columns by name, and how they change."""

    def __init__(self, tree: Genealogy, given: Given) -> None:
        self.columns = _columns(tree, given)

    def column(self, name: str) -> Column:
        """One column; refuses a name that is none."""
        if name not in self.columns:
            raise InputError([say.no_volume(name, self.columns)])
        return self.columns[name]

    def changes(
        self, slot: int, amounts: Mapping[str, object], found: Findings, where: Callable[[], str]
    ) -> list[Change]:
        """What is to be added to which column, with a finding for each amount that cannot be.

        Args:
            slot: Who brings it; negative: somebody new.
            amounts: As given, by name.
            found: Takes the findings.
            where: Names the person; asked only when something is wrong, since it costs more than all the rest.
        """
        changes = []
        for name, given in amounts.items():
            column, amount = self.columns.get(name), whole(given)
            if column is None:
                found.extend([say.no_volume(name, self.columns, where())])
            elif amount is None:
                found.extend([say.no_amount(name, given, where())])
            elif max(absolute := column.absolute_after(slot, amount), abs(amount)) > _LARGEST:
                found.extend([say.overflow(name, max(absolute, abs(amount)), where())])
            else:  # the amount fits too: kernels are given nothing that they would take for a float
                changes.append(Change(column=column, amount=amount, absolute=absolute))
        return changes

    def reserve(self, slot: int) -> None:
        """Make room for a new slot, which brings nothing yet."""
        for column in self.columns.values():
            column.personal.reserve(slot)
            column.group.reserve(slot)

    def bring(self, slot: int, path: Ints32, changes: list[Change]) -> None:
        """Add to somebody and to the groups of everybody on the path."""
        for change in changes:
            change.column.personal.view[slot] += change.amount
            change.column.absolute = change.absolute
            add_along(change.column.group, path, change.amount)

    def carry(self, slot: int, path: Ints32, sign: int) -> None:
        """Add what somebody's group brings to others (1), or take it off (-1)."""
        for column in self.columns.values():
            add_along(column.group, path, sign * column.group.view[slot])


def whole(amount: object) -> int | None:
    """A whole number as a Python integer; None for anything else, floats and truth values too."""
    if isinstance(amount, bool):
        return None
    try:
        return index(amount)  # type: ignore[arg-type]  # that it may be anything is the question
    except TypeError:
        return None


def _columns(tree: Genealogy, given: Given) -> dict[str, Column]:
    if isinstance(given, str):
        todo = "give several names as a tuple, or arrays by name"
        raise input_error("live.volumes", f"the volumes are one text, {given!r}", todo)
    volumes = _named(tree, given)
    findings = [*_names(volumes), *(item for name, values in volumes.items() for item in _wrong(name, values, tree))]
    if findings:
        raise InputError(findings)
    return {name: _column(tree, values) for name, values in volumes.items()}


def _named(tree: Genealogy, given: Given) -> dict[str, Ints64]:
    if isinstance(given, Mapping):
        return dict(given)
    return {name: np.zeros(len(tree), dtype=np.int64) for name in given}


def _names(given: Iterable[object]) -> Iterator[Finding]:
    for name in given:
        if not isinstance(name, str) or not name or name in _RESERVED:
            what = f"a volume cannot be called {name!r}"
            yield Finding(code="live.name", what=what, todo=f"give a text, and none of: {', '.join(_RESERVED)}")


def _wrong(name: str, values: object, tree: Genealogy) -> Iterator[Finding]:
    if not isinstance(values, np.ndarray) or values.dtype.kind != "i":
        kind = values.dtype if isinstance(values, np.ndarray) else type(values).__name__
        todo = "give int64: whole numbers of the smallest unit"
        yield Finding(code="live.dtype", what=f"the {name} is {kind}", todo=todo)
    elif values.shape != (len(tree),):
        what = f"the {name} has the shape {values.shape}, but the genealogy has {len(tree):,} nodes"
        yield Finding(code="live.length", what=what, todo="give one for each node, in node order")
    elif (bound := sum_of_absolutes(values.astype(np.int64, copy=False))) > _LARGEST:
        yield say.overflow(name, bound)


def _column(tree: Genealogy, values: Ints64) -> Column:
    own = values.astype(np.int64, copy=False)
    group = rollups.group_sum(tree, own)
    return Column(personal=BySlot(own), group=BySlot(group), absolute=sum_of_absolutes(own))
