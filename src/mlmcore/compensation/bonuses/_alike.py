"""Sources that a bonus cannot tell apart: their walks are asked together, and go the quick way.

A condition of a pair has another answer for every source; but most of them ask little of it: a rank, a flag, the kind
of an order. Sources of which all that is asked is the same make one group: for each group everybody is asked once, as
if reached from one of them, and the quick walks of `genealogy` do the rest. Where there are nearly as many groups as
sources, or a condition asks the level, the payee or whoever stands below, the walks climb step by step instead.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Any, Final, TypeVar

import numpy as np
from attrs import evolve, fields, frozen
from numpy.typing import NDArray

from mlmcore.compensation._pairs import asks_moment
from mlmcore.compensation.bonuses._sources import Sources, pairs
from mlmcore.compensation.columns import Column
from mlmcore.compensation.expressions.evaluate import evaluate
from mlmcore.compensation.expressions.expression import Expression
from mlmcore.compensation.expressions.tree import Name, Node, Ordinal, asked, children, walk
from mlmcore.compensation.frames import RowsFrame, Sheet
from mlmcore.compensation.plan import DifferentialBonus, LevelsBonus
from mlmcore.domain.errors import InputError
from mlmcore.genealogy.differentials import DifferenceWalk
from mlmcore.genealogy.walks import LevelWalk

__all__ = ["Alike", "sources_alike", "walked_alike"]

Ints = NDArray[np.int32]
Ints64 = NDArray[np.int64]
Walk = TypeVar("Walk", LevelWalk, DifferenceWalk)  # Python 3.11 has no syntax for it

_STEP: Final = 2_000
"""What a step of all walks together costs beside its pairs, in pairs."""
_GROUP: Final = 2_000
"""What a group costs beside asking everybody, in people."""
_OF_SOURCE: Final = frozenset({"source", "order", "buyer", "seller"})
_THE_SAME: Final = frozenset({"self", "run", "past"})


@frozen(kw_only=True, eq=False)
class Alike:
    """Sources that a bonus cannot tell apart.

    Attributes:
        rows: intp[k]: which sources these are.
        everybody: Everybody, as if reached from one of them.
    """

    rows: NDArray[np.intp]
    everybody: RowsFrame


def sources_alike(
    sheet: Sheet, bonus: LevelsBonus | DifferentialBonus, sources: Sources, conditions: tuple[Expression | None, ...]
) -> list[Alike] | None:
    """Return the sources in groups that the conditions cannot tell apart; None where their walks should climb.

    Args:
        sheet: What the run knows.
        bonus: The bonus.
        sources: From where its walks start.
        conditions: Everything that decides how a walk goes.
    """
    nodes = [one.node for one in conditions if one is not None]
    if bonus.cascades or not len(sources) or any(asks_moment(bonus, sheet.plan, node) for node in nodes):
        return None
    if not all(map(_can_be_asked_before, nodes)):
        return None
    most = _worth(sheet, bonus, sources) // (sheet.size + _GROUP)
    try:
        group = _groups(sheet, sources, [part for node in nodes for part in _of_source(node)], most)
    except InputError:  # perhaps of something that no walk asks
        return None
    if group is None:
        return None
    place = np.argsort(group, kind="stable")
    parts = np.split(place, np.flatnonzero(np.diff(group[place])) + 1)
    return [Alike(rows=rows, everybody=_reached_from(sheet, sources, int(rows[0]))) for rows in parts]


def walked_alike(
    sheet: Sheet,
    bonus: LevelsBonus | DifferentialBonus,
    sources: Sources,
    conditions: tuple[Expression | None, ...],
    quickly: Callable[[Sources, RowsFrame], Walk],
) -> Walk | None:
    """The walks from all sources, group by group the quick way; None where they should climb.

    Args:
        sheet: What the run knows.
        bonus: The bonus.
        sources: From where its walks start.
        conditions: Everything that decides how a walk goes.
        quickly: The quick walk from some sources, with everybody as reached from them.
    """
    alike = sources_alike(sheet, bonus, sources, conditions)
    if alike is not None:
        with suppress(InputError):  # perhaps of somebody whom no walk reaches, and who is not asked by climbing
            return _joined((one.rows, quickly(sources.some(one.rows), one.everybody)) for one in alike)
    return None


def _joined(parts: Iterable[tuple[NDArray[np.intp], Walk]]) -> Walk:
    """Walks from parts of the sources, with the position of each part's sources among all, as the walks from all."""
    walks = [evolve(walked, source=rows[walked.source].astype(np.int32)) for rows, walked in parts]
    if len(walks) == 1:
        return walks[0]
    place = np.argsort(np.concatenate([one.source for one in walks]), kind="stable")
    names = [attribute.name for attribute in fields(type(walks[0]))]
    columns = {name: np.concatenate([getattr(one, name) for one in walks])[place] for name in names}
    return type(walks[0])(**columns)


def _can_be_asked_before(node: Node) -> bool:
    """Whether a condition reads nothing that is only known on the way: the level, the payee, who stands below."""
    if any(isinstance(part, Ordinal) for part in walk(node)):
        return False
    for part in asked(node):
        if isinstance(part, Name) and (part.subject not in _OF_SOURCE | _THE_SAME or part.name == "level"):
            return False
    return True


def _of_source(node: Node) -> Iterator[Node]:
    """The largest parts of a condition that ask the source alone."""
    read = asked(node)
    if not any(isinstance(part, Name) and part.subject in _OF_SOURCE for part in read):
        return
    alone = all(isinstance(part, Name) and part.subject in _OF_SOURCE | {"run"} for part in read)
    if alone and not node.type.ratio:
        yield node
    else:
        for part in children(node):
            yield from _of_source(part)


def _worth(sheet: Sheet, bonus: LevelsBonus | DifferentialBonus, sources: Sources) -> int:
    """What climbing would cost at most, in pairs: everybody above each source, and the steps of the longest walk."""
    name = sheet.walked(bonus.tree)
    depth, nodes = sheet.rows.network.tree(name).depth, sheet.rows.network.node_of_person[name]
    above = depth[sources.start if nodes is None else nodes[sources.start]]
    return int(above.sum(dtype=np.int64)) + (int(above.max()) + 1) * _STEP


def _groups(sheet: Sheet, sources: Sources, parts: list[Node], most: int) -> Ints64 | None:
    """int64[m]: a number for each source, the same where all that is asked is; None where there are too many."""
    frame = sources.frame(sheet)
    group = np.zeros(len(sources), dtype=np.int64)
    for part in parts:
        for codes in _codes(evaluate(part, frame)):
            group = group * (int(codes.max()) + 1) + codes
            group = _numbered(group)
        if int(group.max()) >= most:
            return None
    return group if most > 0 else None


def _codes(column: Column) -> Iterator[Ints64]:
    """A column as small numbers, the same where its values are."""
    if column.absent is not None:
        yield column.absent.astype(np.int64)
    yield _numbered(column.values.astype(np.int64))


def _numbered(values: Ints64) -> Ints64:
    """Numbers from 0 on in place of others; they stay as they are, but for where they begin, if they lie close."""
    low, high = int(values.min()), int(values.max())
    if high - low < len(values):
        return values - low
    found: NDArray[Any] = np.unique(values, return_inverse=True)[1]
    return found.reshape(-1).astype(np.int64)


def _reached_from(sheet: Sheet, sources: Sources, source: int) -> RowsFrame:
    rows = np.full(sheet.size, source, dtype=np.intp)
    return pairs(sheet, sources, rows, sheet.everybody, np.zeros(sheet.size, dtype=np.int32))
