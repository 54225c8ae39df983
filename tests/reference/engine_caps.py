"""The slow twin of `[[caps]]`: group by group, line by line; from the plan language, section 5.7."""

from dataclasses import replace
from fractions import Fraction
from math import floor
from typing import Any

from mlmcore.compensation.plan import Cap
from reference.engine import Line, Twin
from reference.engine_expressions import Account

__all__ = ["apply_caps"]

Spans = list[list[Line]]
"""The payable lines of one bonus, by sub-period."""


def apply_caps(twin: Twin, bonus_id: str, caps: int) -> tuple[Spans, list[Line]]:
    """What the first so many caps of the plan leave of a bonus's lines, and what they cut."""
    for position in reversed(range(caps)):
        cap = twin.plan.caps[position]
        if bonus_id in cap.bonuses:
            return _Capped(twin, cap, {name: apply_caps(twin, name, position) for name in cap.bonuses}).left(bonus_id)
    return [list(span) for span in twin.outcome(bonus_id).spans], []


class _Capped:
    """One cap over the lines of its bonuses."""

    def __init__(self, twin: Twin, cap: Cap, before: dict[str, tuple[Spans, list[Line]]]) -> None:
        self.twin = twin
        self.cap = cap
        self.before = before
        self.lines = [
            (name, span, place, line)
            for name in cap.bonuses
            for span, lines in enumerate(before[name][0])
            for place, line in enumerate(lines)
        ]
        self.unit = Fraction(1, 10**twin.plan.rounding.places)
        self.now = {(name, span, place): line.amount for name, span, place, line in self.lines}
        self.counted = self._counted()
        groups: dict[Any, list[tuple[str, int, int, Line]]] = {}
        for entry in self.lines:
            group = self._group(entry[3])
            if group is not None:
                groups.setdefault(group, []).append(entry)
        for group, entries in groups.items():
            self._cut(dict(zip(cap.per, group, strict=True)), entries)

    def left(self, bonus_id: str) -> tuple[Spans, list[Line]]:
        """The lines of one bonus, and what was cut, by this cap and those before."""
        spans, unpaid = self.before[bonus_id]
        kept: Spans = [[] for _ in spans]
        cut = list(unpaid)
        for name, span, place, line in self.lines:
            if name != bonus_id:
                continue
            now = self.now[name, span, place]
            if now or not line.amount:
                kept[span].append(replace(line, amount=now))
            if now != line.amount:
                cut.append(replace(line, amount=line.amount - now, reason="capped"))
        return kept, cut

    def _counted(self) -> dict[tuple[str, int, int], Fraction]:
        """With what each line counts: less what a refund takes back of it, which then counts no more."""
        counted = dict(self.now)
        if not self.twin.takes_back:
            return counted
        refund_of = {order["id"]: order["refund_of"] for order in self.twin.orders}
        places = {(name, *_of_order(line)): (name, span, place) for name, span, place, line in self.lines}
        for name in self.cap.bonuses:
            self._count_what_waited(name, counted)
            waited = [one.line for one in self.twin.waiting(name).waited if one.state == "deferred"]
            locked = {_of_order(line) for line in waited}
            for _, span, place, line in (entry for entry in self.lines if entry[0] == name):
                original = refund_of.get(line.order or "")
                taken_back = (original, *_of_order(line)[1:])
                own = places.get((name, *taken_back))
                if original is None or (own is None and taken_back not in locked):
                    continue
                if own is not None:
                    counted[own] += line.amount
                counted[name, span, place] = Fraction(0)
        return counted

    def _count_what_waited(self, name: str, counted: dict[tuple[str, int, int], Fraction]) -> None:
        """What was taken back of a line while it waited counts on it; of what is given back whole no row is left."""
        rows = self.twin.inputs.refundable.get(name)
        if rows is None or self.twin.plan.bonus(name).source != "orders":
            return
        taken = {(row["order"], row["payee"], row["source"], row["level"]): row["taken"] for row in rows}
        waited = [entry for entry in self.lines if entry[0] == name and entry[3].since is not None]
        for entry in waited:
            line = entry[3]
            assert line.since is not None
            back = taken.get((line.since[0], line.payee, line.since[2], line.level), line.amount)
            for other in waited if line.amount > 0 else ():
                same = (other[3].payee, other[3].source, other[3].level) == (line.payee, line.source, line.level)
                if same and other[3].amount < 0:
                    part = min(back, -counted[other[:3]])
                    counted[entry[:3]] -= part
                    counted[other[:3]] += part
                    back -= part

    def _group(self, line: Line) -> tuple[Any, ...] | None:
        payee = line.payee
        if isinstance(payee, Account) and ("payee" in self.cap.per or "owner" in self.cap.per):
            return None
        values: dict[str, Any] = {"payee": payee, "source": line.source, "level": line.level, "company": None}
        if "owner" in self.cap.per:
            assert isinstance(payee, str)
            owner = self.twin.people[payee]["attributes"].get(self.twin.plan.inputs.owner)
            values["owner"] = ("nobody", payee) if owner is None else owner
        return tuple(values[word] for word in self.cap.per)

    def _cut(self, group: dict[str, Any], entries: list[tuple[str, int, int, Line]]) -> None:
        limit = Fraction(self.twin.ask(self.cap.limit, {"self": group["payee"]} if "payee" in group else {}))
        limit = max(floor(limit / self.unit) * self.unit, Fraction(0))
        total = sum((self.counted[entry[:3]] for entry in entries), Fraction(0))
        if total <= limit:
            return
        positive = sorted((entry for entry in entries if self.counted[entry[:3]] > 0), key=self._position)
        room = limit - sum((self.counted[entry[:3]] for entry in entries if self.counted[entry[:3]] < 0), Fraction(0))
        if self.cap.apply == "scale":
            self._scale(positive, room)
        elif self.cap.apply == "cut_last":
            for entry in positive:
                got = min(self.counted[entry[:3]], room)
                self._pay(entry, got)
                room -= got
        else:
            for name in self.cap.bonuses:
                mine = [entry for entry in positive if entry[0] == name]
                got = min(sum((self.counted[entry[:3]] for entry in mine), Fraction(0)), room)
                self._scale(mine, got)
                room -= got

    def _scale(self, entries: list[tuple[str, int, int, Line]], total: Fraction) -> None:
        whole = sum((self.counted[entry[:3]] for entry in entries), Fraction(0))
        exact = [self.counted[entry[:3]] * total / whole for entry in entries]
        now = [floor(amount / self.unit) * self.unit for amount in exact]
        missing = (total - sum(now, Fraction(0))) / self.unit
        first = sorted(range(len(entries)), key=lambda place: (now[place] - exact[place], place))
        for place in first[: int(missing)]:
            now[place] += self.unit
        for entry, amount in zip(entries, now, strict=True):
            self._pay(entry, amount)

    def _pay(self, entry: tuple[str, int, int, Line], counted: Fraction) -> None:
        """What is left of a line, and what a refund takes back of it."""
        self.now[entry[:3]] += counted - self.counted[entry[:3]]

    def _position(self, entry: tuple[str, int, int, Line]) -> Any:
        """Order, sub-period (the last ones end together), level, payee, source; then as the cap has its bonuses."""
        name, span, _, line = entry
        order, *rest = self.twin.position(line)
        return (order, span - len(self.before[name][0]), *rest, self.cap.bonuses.index(name))


def _of_order(line: Line) -> tuple[Any, ...]:
    """What tells a line of one bonus from every other, whether or not it waited."""
    order = line.order if line.since is None else line.since[0]
    return order, line.payee, line.of, line.source, line.level
