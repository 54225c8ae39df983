"""Orders and events of a case that none of its periods sees: a date that was mistyped would be passed over in silence.

A run sees the rows of its period, those of a longer or shorter period for which a bonus runs in it, and the orders
that refunds of these give back. What stands in the case itself must be seen by one of its periods; what stands at the
top of the file, by one of the cases that take it from there. Files in CSV are not asked: they may hold a year.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from attrs import define, field

from mlmcore.compensation.arranged import days_seen
from mlmcore.compensation.inputs import Events, Orders
from mlmcore.compensation.plan import Plan
from mlmcore.domain.errors import Finding
from mlmcore.testing.cases._document import Keyed, Many, Node, Source
from mlmcore.testing.cases.case import Step

__all__ = ["Outside"]

_EPOCH = date(1970, 1, 1)
_TODO = "correct the date, or the period"


@define
class Outside:
    """Collects, over the cases of a file, the rows that nobody sees.

    Attributes:
        shared: The lines of the rows at the top of the file.
    """

    shared: frozenset[int]
    _seen: set[tuple[int, str]] = field(factory=set, init=False)
    _unseen: dict[tuple[int, str], Finding] = field(factory=dict, init=False)

    @classmethod
    def of(cls, orders: Node | None, events: Node | None) -> "Outside":
        """With what stands at the top of the file."""
        lists = [orders, *(events.entries.values() if isinstance(events, Keyed) else ())]
        return cls(shared=frozenset(item.line for node in lists if isinstance(node, Many) for item in node.items))

    def look(self, steps: Sequence[Step], plan: Plan, source: Source) -> None:
        """Find the case's own rows that none of its periods sees, and remember those of the file that one does."""
        first = min(days_seen(plan, step.period)[0] for step in steps)
        last = steps[-1]
        end = days_seen(plan, last.period)[1]
        one = steps[0].period.id
        periods = f"period {one}" if len(steps) == 1 else f"periods {one} to {last.period.id}"
        for path, line, day, needed in _rows(last):
            if first <= day < end or needed:
                self._seen.add((line, path))
                continue
            what = f"is dated {_EPOCH + timedelta(days=day)}, outside the case's {periods}: nothing would count it"
            finding = Finding(code="cases.outside", what=what, todo=_TODO, file=source.file, line=line, path=path)
            if line in self.shared:
                self._unseen.setdefault((line, path), finding)
            else:
                source.findings.extend([finding])

    def settle(self, source: Source) -> None:
        """Find the rows at the top of the file that no case sees; only once every case has been read."""
        source.findings.extend(finding for row, finding in self._unseen.items() if row not in self._seen)


def _rows(step: Step) -> Iterator[tuple[str, int, int, bool]]:
    """Every row of a list: what it is, its line, its day, and whether a refund needs it."""
    needed = set(step.orders.refund_of.tolist())
    yield from _of_table("order", step.orders, step, needed)
    for name, events in step.events.items():
        yield from _of_table(f"event {name}", events, step, set())


def _of_table(word: str, rows: Orders | Events, step: Step, needed: set[int]) -> Iterator[tuple[str, int, int, bool]]:
    labels = rows.ids.labels(range(len(rows)))
    for row, (label, day) in enumerate(zip(labels, rows.date.tolist(), strict=True)):
        line = step.places.get(f"{word} {label}")
        if line is not None:
            yield f"{word} {label}", line, day, row in needed
