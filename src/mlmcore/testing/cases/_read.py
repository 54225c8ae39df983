"""A file of cases: its plan, what holds for all its cases, and each case; or everything that is wrong with it.

What a file says at its top holds for each case that does not say it itself: `plan`, `variant`, `period`, `people`,
`trees`, `orders`, `events`, `company`. `defaults` says what people and orders are that do not say it.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from attrs import define, evolve, field, frozen

from mlmcore.compensation.loader import load_plan, loads_plan
from mlmcore.compensation.plan import Plan
from mlmcore.domain.enums import PeriodKind
from mlmcore.domain.errors import Finding, Findings, InputError
from mlmcore.domain.periods import Period
from mlmcore.files._table import Table
from mlmcore.files.moves import move_lines, movers, moves_of
from mlmcore.files.orders import order_columns
from mlmcore.testing.cases._before import find_strangers, read_brought, read_company, read_history, read_previous
from mlmcore.testing.cases._boards import read_boards
from mlmcore.testing.cases._document import Keyed, Many, Node, Source, Text
from mlmcore.testing.cases._events import event_rows, read_events
from mlmcore.testing.cases._expected import EXPECTATIONS, read_expectations
from mlmcore.testing.cases._moves import read_moves
from mlmcore.testing.cases._orders import Sale, order_rows, read_orders
from mlmcore.testing.cases._outside import Outside
from mlmcore.testing.cases._people import Crowd, read_given, read_people
from mlmcore.testing.cases._places import read_places
from mlmcore.testing.cases._values import Names, named
from mlmcore.testing.cases._yaml import read_source
from mlmcore.testing.cases.case import Case, Expected, Step

__all__ = ["Plans", "read_cases"]

_SHARED: Final = ("plan", "variant", "period", "people", "trees", "moves", "orders", "events", "company")
_OF_FILE: Final = (*_SHARED, "defaults", "cases")
_OF_PERIOD: Final = ("period", "people", "trees", "moves", "orders", "events", "company", "given", *EXPECTATIONS)
_OF_CASE: Final = (
    "name",
    *_SHARED,
    "given",
    "previous",
    "brought",
    "history",
    "places",
    "boards",
    "periods",
    *EXPECTATIONS,
)


@define
class Plans:
    """Plans that were loaded, so that each is loaded once however many cases there are."""

    _loaded: dict[tuple[str, str | None], Plan | None] = field(factory=dict, init=False)

    def of(self, node: Text, variant: str | None, source: Source) -> Plan | None:
        """The plan that a case names or holds; None where it is none, which is found the first time."""
        inline = "\n" in node.text.strip()
        where = source.path.parent / node.text.strip()
        key = (f"{source.path.resolve()}:{node.line}" if inline else str(where.resolve()), variant)
        if key not in self._loaded:
            self._loaded[key] = self._load(node, None if inline else where, variant, source)
        return self._loaded[key]

    def _load(self, node: Text, where: Path | None, variant: str | None, source: Source) -> Plan | None:
        try:
            if where is not None:
                return load_plan(where, variant)
            return loads_plan(node.text, source.file, variant, folder=source.path.parent)
        except InputError as error:
            for finding in error.findings:
                inline = where is None and finding.file == source.file
                source.findings.extend([_moved(finding, node.line if inline else 0)])  # lines count from that of its |
        except OSError as error:
            source.wrong(node, f"{where} cannot be read: {error.strerror}", "name a plan, from the folder of this file")
        return None


def read_cases(path: Path, plans: Plans | None = None) -> tuple[Case, ...]:
    """Read a file of cases.

    Args:
        path: A file in YAML; the language is described in docs/plan-language/cases.md.
        plans: Plans that other files have loaded.

    Raises:
        InputError: Everything that is wrong with the file, and with the plans that it names.
        MissingExtraError: The YAML library is not installed.
    """
    source = Source(path=path, file=str(path), findings=Findings())
    document = source.keyed(read_source(source), _OF_FILE)
    cases = _cases(document, plans or Plans(), source) if document is not None else ()
    if source.findings:
        raise InputError(dict.fromkeys(source.findings))  # what a file says for all cases is read for each
    return tuple(cases)


def _moved(finding: Finding, shift: int) -> Finding:
    return finding if finding.line is None else evolve(finding, line=finding.line + shift)


def _cases(document: Keyed, plans: Plans, source: Source) -> list[Case]:
    shared = {key: node for key, node in document.entries.items() if key in _SHARED}
    defaults = source.keyed(document.entries.get("defaults"), ("people", "orders"))
    listed = document.entries.get("cases")
    items = source.many(listed)
    if listed is None or listed == Many(items=(), line=listed.line, path=listed.path):
        source.wrong(document, "there are no cases", "write a list of cases: each with a name, people and expect")
    names: dict[str, int] = {}
    found = []
    outside = Outside.of(shared.get("orders"), shared.get("events"))
    for item in items:
        entry = source.keyed(item, _OF_CASE)
        if entry is None:
            continue
        reading = _Reading(entry, {**shared, **entry.entries}, defaults, source, outside)
        name = reading.name()
        if name in names:
            source.wrong(entry.entries["name"], f"{name!r} is the case of line {names[name]}", "name it otherwise")
        names[name] = entry.line
        case = reading.case(name, plans)
        if case is not None:
            found.append(case)
    if len(found) == len(items):
        outside.settle(source)
    return found


@frozen
class _Reading:
    """One case while it is read.

    Attributes:
        own: What the case says itself.
        entries: That, and what the file says for all.
        defaults: What people and orders are that do not say it.
        source: The file.
        outside: Finds rows that no period sees.
    """

    own: Keyed
    entries: Mapping[str, Node]
    defaults: Keyed | None
    source: Source
    outside: Outside

    def name(self) -> str:
        """What the case is called."""
        if "name" not in self.own.entries:
            self.source.wrong(self.own, "has no name", "write name: what it shows, as a sentence")
        return self.source.text(self.own.entries.get("name")) or ""

    def case(self, name: str, plans: Plans) -> Case | None:
        """The case, or None where something was found."""
        before = len(self.source.findings)
        plan = self._plan(plans)
        if plan is None:
            return None
        names = Names.of(plan)
        previous = read_previous(self.own.entries.get("previous"), plan, names, self.source)
        brought = read_brought(self.own.entries.get("brought"), plan, names, self.source)
        history = read_history(self.own.entries.get("history"), plan, self.source)
        previous = evolve(previous, rows={**previous.rows, **history})
        places = read_places(self.own.entries.get("places"), plan, self.source)
        boards = read_boards(self.own.entries.get("boards"), plan, self.source)
        steps = tuple(self._steps(plan, names))
        people = (label for step in steps for label in step.people.ids.labels(range(len(step.people))))
        if steps:
            find_strangers(self.own.entries.get("history"), people, self.source)
        if steps and len(self.source.findings) == before:
            self.outside.look(steps, plan, self.source)
        if len(self.source.findings) > before:
            return None
        return Case(
            file=self.source.file,
            line=self.own.line,
            name=name,
            plan=plan,
            previous=evolve(previous, rows={**previous.rows, **brought, **places, **boards}),
            steps=steps,
        )

    def _plan(self, plans: Plans) -> Plan | None:
        node = self.entries.get("plan")
        if node is None:
            self.source.wrong(self.own, "no plan is named", "write plan: FILE, for the case or for the whole file")
            return None
        if not isinstance(node, Text) or not node.text.strip():
            self.source.wrong(node, "is neither a file nor a plan", "write plan: FILE, or | and the plan below it")
            return None
        return plans.of(node, self.source.text(self.entries.get("variant")), self.source)

    def _steps(self, plan: Plan, names: Names) -> Iterator[Step]:
        """The periods of the case: those that it lists, or the one that it is."""
        sales: list[Sale] = []
        happened: dict[str, list[Sale]] = {}
        if "periods" not in self.own.entries:
            step = self._step(self.entries, self.own, plan, names, sales, happened)
            if step is not None:
                yield step
            return
        for key in ("period", *EXPECTATIONS):
            if key in self.own.entries:
                what = f"{key!r} stands beside periods"
                self.source.wrong(self.own.entries[key], what, "say it in one of the periods")
        listed = self.source.many(self.own.entries["periods"])
        shared = {
            key: node for key, node in self.entries.items() if key in _OF_PERIOD and key not in {"orders", "events"}
        }
        sales += self._sales(self.entries.get("orders"), "", sales, plan)
        happened |= event_rows(self.entries.get("events"), "", happened, plan, self.source)
        last: Period | None = None
        for item in listed:
            entry = self.source.keyed(item, _OF_PERIOD)
            if entry is None:
                continue
            on_the_way = item is not listed[-1]
            step = self._step({**shared, **entry.entries}, entry, plan, names, sales, happened, on_the_way=on_the_way)
            if step is not None and last is not None and step.period != last.next():
                what = f"the period {step.period.id} does not follow {last.id}"
                self.source.wrong(entry, what, f"each hands its state to the next: {last.next().id}")
            last = step.period if step is not None else None
            if step is not None:
                yield step
        if not listed:
            self.source.wrong(self.own.entries["periods"], "there are no periods", "write at least one")

    def _step(
        self,
        entries: Mapping[str, Node],
        beside: Keyed,
        plan: Plan,
        names: Names,
        sales: list[Sale],
        happened: dict[str, list[Sale]],
        *,
        on_the_way: bool = False,
    ) -> Step | None:
        """One period; one that is only on the way to a later one need not expect anything."""
        source, before = self.source, len(self.source.findings)
        period = self._period(entries.get("period"), beside, plan)
        file_of_orders = self._file_of_orders(entries)
        day = None if period is None else period.start.isoformat()
        if "orders" in entries:
            sales += self._sales(entries["orders"], day, sales, plan)
        if "events" in entries:
            happened |= event_rows(entries["events"], day, happened, plan, source)
        company = read_company(entries.get("company"), beside, plan, source)
        moved = read_moves(entries.get("moves"), plan, source)
        crowd = self._crowd(entries, beside, plan, names, moved)
        roll = None if crowd is None else crowd.roll
        ids = None if crowd is None else crowd.people.ids
        moves = None if moved is None else moves_of(moved, plan, ids, source.findings)
        given = read_given(entries.get("given"), crowd, plan, names, source)
        orders, lines = read_orders(file_of_orders, sales, roll, plan, source)
        events, event_lines = read_events(self._files_of_events(entries), happened, roll, plan, source)
        expected = read_expectations(entries, roll, plan, names, source)
        if expected == Expected() and not on_the_way:
            source.wrong(beside, "expects nothing", f"write at least one of {', '.join(EXPECTATIONS)}")
        if period is None or crowd is None or orders is None or events is None or len(source.findings) > before:
            return None
        places = {**named("order", lines), **event_lines, **named("person", crowd.lines)}
        places |= move_lines(moved) if moved is not None and moved.file == source.file else {}
        return Step(
            line=beside.line,
            period=period,
            people=crowd.people,
            trees=crowd.trees,
            moves=moves or {},
            orders=orders,
            events=events,
            company=company,
            given=given,
            expected=expected,
            places=places,
        )

    def _period(self, node: Node | None, beside: Keyed, plan: Plan) -> Period | None:
        if node is None:
            self.source.wrong(beside, "no period is named", "write period: 2026-03, for the case or the whole file")
        text = self.source.text(node)
        if node is None or text is None:
            return None
        try:
            period = Period.parse(text, plan.timezone)
        except InputError as error:
            self.source.wrong(node, error.findings[0].what, error.findings[0].todo)
            return None
        if period.kind != PeriodKind(plan.period):
            self.source.wrong(node, f"{text} is a {period.kind}", f"the plan's periods are a {plan.period}")
            return None
        return period

    def _crowd(
        self, entries: Mapping[str, Node], beside: Keyed, plan: Plan, names: Names, moved: Table | None
    ) -> Crowd | None:
        node = entries.get("people")
        if node is None:
            self.source.wrong(beside, "there are no people", "write people: | and a tree of them below it")
            return None
        defaults = self._defaults("people", ["status", "joined", *plan.inputs.attributes])
        return read_people(node, entries.get("trees"), defaults, plan, names, self.source, movers(moved))

    def _file_of_orders(self, entries: Mapping[str, Node]) -> Keyed | None:
        """The mapping that names the file with all orders of the case, if there is one."""
        whole, own = self.entries.get("orders"), entries.get("orders")
        if own is not None and own is not whole and (isinstance(whole, Keyed) or isinstance(own, Keyed)):
            self.source.wrong(own, "stands in a period, and a file of orders is the whole case's", "name it there")
        return whole if isinstance(whole, Keyed) else None

    def _files_of_events(self, entries: Mapping[str, Node]) -> Node | None:
        """The mapping that may name files with all events of the case."""
        whole, own = self.entries.get("events"), entries.get("events")
        listed = own.entries.values() if isinstance(own, Keyed) and own is not whole else ()
        for node in listed:
            if isinstance(node, Keyed):
                self.source.wrong(node, "stands in a period, and a file of events is the whole case's", "name it there")
        return whole

    def _sales(self, node: Node | None, day: str | None, before: list[Sale], plan: Plan) -> list[Sale]:
        if isinstance(node, Keyed):
            return []
        defaults = self._defaults("orders", [name for name in order_columns(plan) if name not in {"id", "refund_of"}])
        return order_rows(node, day, len(before), defaults, plan, self.source)

    def _defaults(self, which: str, known: list[str]) -> dict[str, str]:
        section = None if self.defaults is None else self.source.keyed(self.defaults.entries.get(which), known)
        entries = section.entries.items() if section is not None else ()
        return {key: self.source.text(node) or "" for key, node in entries}
