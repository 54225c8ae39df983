"""Rules of the network that every store shares: which column is which tree, what may be asked, when a day ends.

No store is known here, and no array: whoever reads trees brings rows, and gets instants, checked arguments or the
errors that `protocols.Trees` promises, in the same words from every store.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from attrs import evolve, frozen

from mlmcore.domain.enums import GenealogyTree
from mlmcore.domain.errors import Finding, InputError, RefusedError, StorageError, nearest
from mlmcore.domain.people import Distributor
from mlmcore.domain.periods import zone

__all__ = [
    "LEG_COLUMN",
    "PARENT_COLUMN",
    "LateParent",
    "PathFault",
    "checked_id",
    "checked_levels",
    "checked_start",
    "checked_tree",
    "checked_zone",
    "day_end",
    "day_start",
    "late_parents",
    "microseconds",
    "moved",
    "paths_error",
    "refuse_paths_of",
]

PARENT_COLUMN: Final[Mapping[GenealogyTree, str]] = {
    GenealogyTree.SPONSOR: "sponsor_id",
    GenealogyTree.PLACEMENT: "placement_id",
    GenealogyTree.ENROLLER: "enroller_id",
}
"""The column of `distributors` that names the parent in each tree."""

LEG_COLUMN: Final[Mapping[GenealogyTree, str]] = {
    GenealogyTree.SPONSOR: "sponsor_leg",
    GenealogyTree.PLACEMENT: "placement_leg",
}
"""The column of `distributors` that holds the leg, where a tree has legs."""

_NUMBER_MAX: Final = 2**63 - 1
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


def checked_id(entity: str, value: object) -> UUID:
    """Return an id that is one (A13, T12).

    Args:
        entity: Whose id, for the message: `distributor`.
        value: What was given.

    Raises:
        InputError: It is no UUID.
    """
    if isinstance(value, UUID):
        return value
    raise InputError.of(
        f"{value!r} is no id: it is of type {type(value).__name__}, and ids are UUIDs",
        "give a uuid.UUID; a text that holds one becomes it by UUID(text)",
        code="storage.id",
        path=entity,
    )


def checked_tree(tree: object) -> GenealogyTree:
    """Return a tree that is one (T12).

    Raises:
        InputError: It is none.
    """
    try:
        return GenealogyTree(tree)  # type: ignore[arg-type]  # that is what is being found out
    except ValueError:
        names = [item.value for item in GenealogyTree]
        raise InputError.of(f"{tree!r} is no tree", nearest(str(tree), names), code="trees.tree") from None


def checked_levels(levels: object) -> int | None:
    """Return a number of levels, or None for all of them (T12).

    Raises:
        InputError: It is no whole number from 0.
    """
    if levels is None or (isinstance(levels, int) and not isinstance(levels, bool) and levels >= 0):
        return levels
    raise InputError.of(
        f"{levels!r} is no number of levels", "give a whole number from 0, or None for all levels", code="trees.levels"
    )


def checked_start(at: object) -> int:
    """Return the number from which numbers are to be drawn (D13).

    Raises:
        InputError: It is no whole number from 1.
    """
    if isinstance(at, int) and not isinstance(at, bool) and 1 <= at <= _NUMBER_MAX:
        return at
    raise InputError.of(f"{at!r} is no number to begin with", "give a whole number from 1", code="distributors.number")


def checked_zone(timezone: object) -> ZoneInfo:
    """Return the zone of a name (T12).

    Raises:
        InputError: There is none.
    """
    if isinstance(timezone, str):
        return zone(timezone)
    raise InputError.of(
        f"{timezone!r} is not a time zone", "write an IANA name such as UTC or America/New_York", code="input.timezone"
    )


def moved(person: Distributor, tree: GenealogyTree, parent_id: UUID | None, leg: int | None) -> Distributor:
    """Return a person at another place of one tree, to be stored (D9).

    Raises:
        InputError: The place is none: a leg outside the placement tree, a placement parent without one, or below
            themselves.
    """
    if tree != GenealogyTree.PLACEMENT and leg is not None:
        raise InputError.of(
            f"leg {leg} is given in the {tree.value} tree",
            "leave it out: only the placement tree has legs that are chosen",
            code="trees.leg",
            path=f"distributor {person.distributor_number}",
        )
    changes: dict[str, Any] = {PARENT_COLUMN[tree]: parent_id}
    if tree in LEG_COLUMN:
        changes[LEG_COLUMN[tree]] = leg  # the sponsor's are the store's
    return evolve(person, **changes)


def day_start(day: date, timezone: str) -> datetime:
    """The first instant of a day in a zone, in UTC.

    Raises:
        InputError: There is no such zone, or the day is one of those at which the calendar ends.
    """
    # Where midnight happens twice the first counts; where it does not exist, the first instant after it.
    try:
        return datetime.combine(day, time(), tzinfo=checked_zone(timezone)).astimezone(UTC)
    except OverflowError:
        raise _no_calendar(day) from None


def day_end(day: date, timezone: str) -> datetime:
    """The first instant after a day in a zone, in UTC.

    Raises:
        InputError: There is no such zone, or the calendar ends with the day.
    """
    try:
        following = day + timedelta(days=1)
    except OverflowError:
        raise _no_calendar(day) from None
    return day_start(following, timezone)


def microseconds(instant: datetime) -> int:
    """An aware instant as microseconds since 1970-01-01 UTC, exactly.

    >>> microseconds(datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC))
    1000000
    """
    return (instant - _EPOCH) // _MICROSECOND


@frozen(kw_only=True)
class LateParent:
    """Somebody who stands below a person who joins later.

    Attributes:
        number: The distributor's number.
        joined: The day of joining.
        parent_number: The parent's number.
        parent_joined: The parent's day of joining.
    """

    number: str
    joined: date
    parent_number: str
    parent_joined: date


def late_parents(tree: GenealogyTree, day: date, people: Iterable[LateParent]) -> list[Finding]:
    """Return a finding for each person whose parent had not joined on a day (T3)."""
    return [
        Finding(
            code="trees.late-parent",
            what=f"joined on {person.joined} and stood on {day} in the {tree.value} tree below "
            f"{person.parent_number}, who joins on {person.parent_joined}",
            todo="correct the join_date of one of them, or ask for a later day",
            path=f"distributor {person.number}",
        )
        for person in people
    ]


@frozen(kw_only=True)
class PathFault:
    """Rows of one kind in which stored paths differ from what follows from the parents.

    Attributes:
        kind: `missing`, `superfluous` or `wrong` (another depth or leg).
        count: How many.
        ancestor: The number of the first one's ancestor.
        descendant: The number of its descendant.
    """

    kind: str
    count: int
    ancestor: str
    descendant: str


def paths_error(tree: GenealogyTree, faults: Iterable[PathFault]) -> StorageError:
    """The error for stored paths that do not follow from the parents (T10)."""
    listed = "; ".join(
        f"{fault.count:,} {fault.kind} (the first: {fault.descendant} below {fault.ancestor})" for fault in faults
    )
    return StorageError(
        f"the paths of the {tree.value} tree do not follow from its parents: {listed}; "
        "make them again with rebuild_paths"
    )


def refuse_paths_of(tree: GenealogyTree) -> None:
    """Refuse paths for a tree that the closure table does not know (T8).

    Raises:
        RefusedError: It is the enroller tree.
    """
    if tree == GenealogyTree.ENROLLER:
        raise RefusedError(
            "no paths are kept for the enroller tree: the closure table knows the sponsor and the placement tree; "
            "group, upline and is_below need none"
        )


def _no_calendar(day: date) -> InputError:
    return InputError.of(f"the calendar ends at {day}", "give a day inside it", code="trees.day")
