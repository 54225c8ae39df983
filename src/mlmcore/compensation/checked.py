"""From a plan as written to a plan that can run: names resolved, types inferred, an order of evaluation found.

Works on plans from files and on plans written in Python alike, and reports everything at once. What one bonus may
and must say stands in `_checks`.
"""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from attrs import evolve, frozen

from mlmcore.compensation._checks import (
    check_as_of,
    check_bonus,
    check_cap,
    check_cap_ids,
    published_columns,
    published_figures,
)
from mlmcore.compensation._checks._boards import check_boards
from mlmcore.compensation._checks._trees import check_tree
from mlmcore.compensation._code import CodeError, code_of
from mlmcore.compensation._declarations import check_names
from mlmcore.compensation._recursions import Recursions
from mlmcore.compensation._sheet import Sheet
from mlmcore.compensation._signs import never_negative
from mlmcore.compensation.expressions import names
from mlmcore.compensation.expressions.expression import Expression, Place
from mlmcore.compensation.expressions.names import (
    BUILT_IN_EVENT,
    BUILT_IN_ORDER,
    BUILT_IN_PERSON,
    BUILT_IN_RUN,
    Namespace,
)
from mlmcore.compensation.expressions.tree import Constant
from mlmcore.compensation.expressions.types import BOOLEAN, DATE, PERSON, RANK, TEXT, Type, number
from mlmcore.compensation.nearest import nearest
from mlmcore.compensation.plan import AnyBonus, Carry, InputColumn, KeyTable, Plan, Rank
from mlmcore.compensation.steps import Step, expressions_of, steps_of
from mlmcore.domain.decimals import places_of
from mlmcore.domain.errors import Findings

_NAMED: Final = re.compile(r"'(\w+)'")
_NAMES: Final = re.compile(r"\w+")
CARRY_PASSES: Final = 2
"""How often a plan with carried values is typed: what is carried has the type of its own new value."""
HISTORY_PASSES: Final = 4
"""How often a plan is typed that keeps columns, which may read the past of one another."""
_GUESSES: Final = (BOOLEAN, number(), number("points"), number("money"), TEXT.as_optional(), DATE.as_optional())
_LOWEST_RANK: Final = 'list a lowest one that everybody reaches: requires = "true"'


def check_plan(plan: Plan) -> Plan:
    """Return the plan with every expression typed and its steps in order.

    Raises:
        InputError: With everything that is wrong.
    """
    findings = Findings()
    checked = check_into(plan, findings)
    findings.raise_if_any()
    return checked


def check_into(plan: Plan, findings: Findings) -> Plan:
    """As `check_plan`, adding what is wrong to the findings; the plan is usable only if nothing was added."""
    known = len(findings)
    check_names(plan, findings)
    doubtful = {name for finding in list(findings)[known:] for name in _NAMED.findall(finding.what)}
    _check_functions(plan, findings)
    cycles = Findings()
    steps = steps_of(plan, cycles)
    # Of a name that means two things nothing more is said: neither its kind, nor a cycle through it.
    findings.extend(found for found in cycles if not doubtful & set(_NAMES.findall(found.what)))
    before = _settled(plan, steps)
    told = Findings()
    told.extend(findings)  # some checks are only made where nothing is wrong so far
    so_far = len(told)
    check = _Check(plan, steps, before, told)
    checked = check.run()
    check.settle()
    findings.extend(found for found in list(told)[so_far:] if not doubtful & set(_NAMED.findall(found.what)))
    return checked


@frozen(kw_only=True)
class _Before:
    """Of what types the columns are that come from earlier periods; None where that is not known yet."""

    carried: Mapping[str, Type | None]
    past: Mapping[str, Type | None]


def _settled(plan: Plan, steps: tuple[Step, ...]) -> _Before:
    """Type a plan again and again until what it hands on has the types with which it is read.

    A column whose past is read on the way to itself has no type to begin with: then each kind is tried.
    """
    before = _Before(
        carried={name: _initial_type(plan, carry) for name, carry in plan.carry.items()},
        past=dict.fromkeys(plan.history),
    )
    before = _passed(plan, steps, before)
    for name, found in before.past.items():
        for guess in _GUESSES if found is None and before.past[name] is None else ():
            tried = _passed(plan, steps, evolve(before, past={**before.past, name: guess}), keep=name)
            kept = tried.past[name]
            if kept is not None and (kept.kind, kept.unit) == (guess.kind, guess.unit):
                before = tried
                break
    return before


def _passed(plan: Plan, steps: tuple[Step, ...], before: _Before, keep: str = "") -> _Before:
    passes = HISTORY_PASSES if plan.history else CARRY_PASSES if plan.carry else 0
    for _ in range(passes):
        trial = _Check(plan, steps, before, Findings())
        trial.run()
        past = {name: trial.kept(name) for name in plan.history}
        if keep and past[keep] is None:
            return evolve(before, past=past)
        found = _Before(carried={**before.carried, **trial.carried}, past=past)
        if found == before:
            break
        before = found
    return before


def _check_functions(plan: Plan, findings: Findings) -> None:
    """Report functions that the plan names and that are not there."""
    for name, call in plan.functions.items():
        try:
            code_of(call)
        except CodeError as error:
            place = plan.places.get(f"functions.{name}") or Place(file=plan.file, path=f"functions.{name}")
            findings.add(
                code="plan.code",
                what=error.what,
                todo=error.todo,
                file=place.file,
                line=place.line,
                path=place.path,
            )


def _initial_type(plan: Plan, carry: Carry) -> Type | None:
    sheet = Sheet(plan, namespace_of(plan, {}, {}), Findings())
    node = sheet.expression(carry.initial, names.BEFORE_RUN).checked
    return None if node is None else node.type


def namespace_of(plan: Plan, carried: Mapping[str, Type | None], past: Mapping[str, Type | None]) -> Namespace:
    """Return what a plan declares; the types of what it computes are filled in as they are found."""
    person = {name: found for name, found in BUILT_IN_PERSON.items() if plan.ranks or not name.startswith("rank")}
    computed = dict.fromkeys(plan.measures)
    earned = {f"{bonus.id}.earned": None for bonus in plan.bonuses}
    earned |= {f"{bonus.id}.paid": None for bonus in plan.bonuses if not bonus.is_column}
    previous = {f"previous.{name}": found for name, found in carried.items()}
    given = {name: type_of(column, optional=True) for name, column in plan.inputs.attributes.items()}
    order = {name: type_of(column) for name, column in plan.inputs.volumes.items()}
    further = {name: type_of(column, optional=True) for name, column in plan.inputs.order_columns.items()}
    company = {f"company.{name}": type_of(column) for name, column in plan.inputs.company.items()}
    return Namespace(
        person={**person, **given, **computed, **earned, **previous},
        order={**BUILT_IN_ORDER, **order, **further, **dict.fromkeys(plan.order_columns)},
        past=dict(past),
        history=plan.history,
        events={name: _of_event(columns) for name, columns in plan.event_columns.items()},
        run={**BUILT_IN_RUN, **company, **_figures(plan)},
        constants=_constants(plan),
        tables=dict(plan.tables),
        trees=plan.tree_names,
        default_tree=plan.tree,
        owned=plan.inputs.owner is not None,
        rank_ids=plan.rank_ids,
        slow=plan.slow,
        functions=plan.functions,
        broken=plan.broken,
    )


def _figures(plan: Plan) -> dict[str, None]:
    """The figures of the run that bonuses publish, which have no types yet."""
    return {name: None for bonus in plan.bonuses for name in published_figures(bonus, plan)}


def _of_event(columns: Mapping[str, InputColumn]) -> dict[str, Type | None]:
    return {**BUILT_IN_EVENT, **{name: type_of(column, optional=True) for name, column in columns.items()}}


def type_of(column: InputColumn, *, optional: bool = False) -> Type:
    """Return the type of a declared column; a boolean is never none."""
    return Type(
        kind=column.kind,
        unit=column.unit,
        places=column.places,
        optional=optional and column.kind != "boolean",
    )


def _constants(plan: Plan) -> dict[str, Constant]:
    constants = {name: parameter(name, value) for name, value in plan.parameters.items()}
    for position, rank in enumerate(plan.ranks):
        constants[rank.id] = Constant(type=evolve(RANK, optional=False), value=position, name=rank.id)
    for index, account in enumerate(plan.accounts):
        constants[account] = Constant(type=PERSON, value=-2 - index, name=account)
    return constants


def parameter(name: str, value: Decimal | bool | str | date) -> Constant:
    """Return a parameter, or a rank's own number, as a constant that remembers its name."""
    match value:
        case bool():
            return Constant(type=BOOLEAN, value=value, name=name)
        case str():
            return Constant(type=TEXT, value=value, name=name)
        case Decimal():
            return Constant(type=number(places=places_of(value)), value=value, name=name)
        case _:
            return Constant(type=DATE, value=value, name=name)


class _Check:
    """One pass over the steps of a plan."""

    def __init__(self, plan: Plan, steps: tuple[Step, ...], before: _Before, findings: Findings) -> None:
        self._plan = plan
        self._steps = steps
        self._given = before
        self._findings = findings
        self._namespace = namespace_of(plan, before.carried, before.past)
        self._sheet = Sheet(plan, self._namespace, findings)
        self._never_negative: set[str] = set()
        self._recursions = Recursions(plan, self._sheet, self._never_negative, self._typed, self._formulas)
        self._measures: dict[str, Expression] = {}
        self._order_columns: dict[str, Expression] = {}
        self._ranks = plan.ranks
        self._bonuses: dict[int, AnyBonus] = dict(enumerate(plan.bonuses))
        self._caps = plan.caps_by_name
        self._carry: dict[str, Carry] = {}
        self.carried: dict[str, Type] = {}

    def run(self) -> Plan:
        """Check everything, and return the plan with its expressions typed."""
        self._check_header()
        for step in self._steps:
            self._take(step)
        typed = evolve(self._plan, measures=self._measures, order_columns=self._order_columns)
        return evolve(
            self._plan,
            trees={name: check_tree(tree, typed, self._sheet) for name, tree in self._plan.trees.items()},
            boards=check_boards(typed, self._sheet),
            order_columns={name: self._order_columns[name] for name in self._plan.order_columns},
            measures={name: self._measures[name] for name in self._plan.measures},
            ranks=self._ranks,
            bonuses=tuple(self._bonuses[index] for index in range(len(self._plan.bonuses))),
            caps=tuple(self._caps.values()),
            carry={name: self._carry[name] for name in self._plan.carry},
            history_types={name: found for name, found in self._given.past.items() if found is not None},
            steps=self._steps,
        )

    def kept(self, name: str) -> Type | None:
        """Of what type a column of people is that is kept for later periods."""
        found = self._namespace.person.get(name)
        return None if found is None or found.kind == "person" or name.startswith("previous.") else found

    def settle(self) -> None:
        """Report what is handed on with more decimal places each time."""
        self._settle_history()
        for name, found in self.carried.items():
            given = self._given.carried.get(name)
            if given is not None and (given.places, given.unit, given.kind) != (found.places, found.unit, found.kind):
                self._sheet.wrong(
                    self._carry[name].value.place,
                    f"what is carried changes its type each period: {given} of {given.places} decimal places "
                    f"becomes {found} of {found.places}",
                    "put a round(..., places) around it",
                )

    def _take(self, step: Step) -> None:
        if step.members:
            self._recursions.check(step)
        else:
            getattr(self, f"_step_{step.kind}")(step.name)

    def _typed(self, step: Step, findings: Findings) -> None:
        """Type one step; what is wrong goes to these findings."""
        outside, self._sheet = self._sheet, Sheet(self._plan, self._namespace, findings)
        self._take(step)
        self._sheet = outside

    def _formulas(self, step: Step) -> tuple[Expression, ...]:
        """The expressions of people that decide a measure, the ranks, or an amount, as far as they are typed."""
        match step.kind:
            case "measure":
                return (self._measures[step.name],)
            case "rank":
                return tuple(rank.requires for rank in self._ranks if rank.requires is not None)
            case _:
                bonus = next(one for one in self._bonuses.values() if one.id == step.name)
                return tuple(expressions_of(bonus))

    def _settle_history(self) -> None:
        space = self._namespace
        known = [name for name, found in space.person.items() if found is None or self.kept(name) is not None]
        for name in self._plan.history:
            found, given, path = self.kept(name), self._given.past.get(name), f"history.{name}"
            if name not in known and name.partition(".")[0] not in space.broken:
                self._wrong_at(path, f"{name!r} is no column of people that can be kept", nearest(name, known))
            elif found is None and not self._findings:
                what = "its type can't be told, since it reads its own past"
                self._wrong_at(path, what, "hand it on in [carry], which says what it begins with")
            elif found is not None and given is not None and found.places != given.places:
                what = f"it has more decimal places each period: {given.places} become {found.places}"
                self._wrong_at(path, what, "put a round(..., places) around the column")

    def _step_order_column(self, name: str) -> None:
        checked = self._sheet.column(self._plan.order_columns[name], names.ORDER_COLUMN)
        self._order_columns[name] = checked
        self._namespace.order[name] = None if checked.checked is None else checked.type
        self._note_sign(name, checked)

    def _step_measure(self, name: str) -> None:
        active = name == self._plan.active
        read = self._sheet.condition if active else self._sheet.column
        checked = read(self._plan.measures[name], names.MEASURE)
        self._measures[name] = checked
        self._namespace.person[name] = None if checked.checked is None else checked.type
        self._note_sign(name, checked)

    def _note_sign(self, name: str, checked: Expression) -> None:
        if checked.checked is not None and never_negative(checked.checked, self._plan, self._never_negative):
            self._never_negative.add(name)

    def _step_rank(self, _: str) -> None:
        self._ranks = tuple(self._rank(rank) for rank in self._plan.ranks)

    def _rank(self, rank: Rank) -> Rank:
        if rank.requires is None:
            return rank
        numbers = {name: parameter(name, value) for name, value in rank.numbers.items()}
        space = evolve(self._namespace, this=numbers, this_rank=rank.id)
        sheet = Sheet(self._plan, space, self._sheet.findings)
        return evolve(rank, requires=sheet.condition(rank.requires, names.REQUIREMENT))

    def _step_bonus(self, bonus_id: str) -> None:
        for index, bonus in enumerate(self._plan.bonuses):
            if bonus.id == bonus_id:
                checked = check_bonus(bonus, self._plan, self._sheet, self._never_negative)
                check_as_of(checked, self._plan, {**self._order_columns, **self._measures}, self._sheet)
                self._bonuses[index] = checked
                self._publish(checked)

    def _step_cap(self, name: str) -> None:
        self._caps[name] = check_cap(self._caps[name], self._plan, self._sheet)

    def _publish(self, bonus: AnyBonus) -> None:
        """Type the columns that a bonus publishes."""
        self._namespace.person.update(published_columns(bonus, self._plan))
        self._namespace.run.update(published_figures(bonus, self._plan))

    def _step_carry(self, name: str) -> None:
        carry = self._plan.carry[name]
        value = self._sheet.column(carry.value, names.CARRY)
        initial = carry.initial
        if initial.text.strip() == "none":
            todo = f"write a value; for a rank that is not reached yet {_LOWEST_RANK}"
            self._sheet.wrong(initial.place, "what is carried is never none", todo)
        else:
            initial = self._sheet.column(initial, names.BEFORE_RUN)
        self._carry[name] = evolve(carry, value=value, initial=initial)
        if value.checked is not None:
            self.carried[name] = value.type

    def _check_header(self) -> None:
        plan = self._plan
        for key, text in (("id", plan.id), ("version", plan.version)):
            if not text.isprintable():
                todo = "write it on one line, without tabs and other control characters"
                self._wrong_at(f"plan.{key}", f"{text!r} holds what cannot be printed", todo)
        if plan.tree and plan.tree not in plan.tree_names and plan.tree not in plan.broken:
            self._wrong_at("plan.tree", f"unknown tree {plan.tree!r}", nearest(plan.tree, plan.tree_names))
        if plan.active is not None and plan.active not in plan.measures and plan.active not in plan.broken:
            what = f"{plan.active!r} is no measure"
            self._wrong_at("plan.active", what, nearest(plan.active, plan.measures))
        self._check_zone()
        self._check_owner()
        self._check_ranks()
        check_cap_ids(plan, self._sheet)
        for table in plan.tables.values():
            if isinstance(table, KeyTable):
                self._check_keys(table)

    def _check_keys(self, table: KeyTable) -> None:
        if not table.rows:
            self._sheet.wrong(table.place, "a table needs at least one row", "write rows = { gold = 0.05, ... }")
        for position, by in enumerate(table.by):
            labels = sorted({row[position] for row in table.rows})
            for key in labels:
                if by == "rank" and key not in self._plan.rank_ids and key not in self._plan.broken:
                    what = f"unknown rank {key!r} in the rows"
                    todo = (
                        f"for people without a rank {_LOWEST_RANK}"
                        if key == "none"
                        else nearest(key, self._plan.rank_ids)
                    )
                    self._sheet.wrong(table.place, what, todo)
                if by == "level" and not (key.isascii() and key.isdigit() and len(key) < 5):
                    self._sheet.wrong(table.place, f"{key!r} in the rows is no level", "write a whole number")

    def _check_zone(self) -> None:
        try:
            ZoneInfo(self._plan.timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            what = f"unknown time zone {self._plan.timezone!r}"
            self._wrong_at("plan.timezone", what, 'write a name of the time zone database, such as "Europe/Berlin"')

    def _check_owner(self) -> None:
        inputs = self._plan.inputs
        declared = inputs.attributes.get(inputs.owner or "")
        if inputs.owner is not None and (declared is None or declared.kind != "text"):
            self._wrong_at("inputs.owner", *self._no_text_attribute(inputs.owner))

    def _no_text_attribute(self, name: str) -> tuple[str, str]:
        attributes = self._plan.inputs.attributes
        texts = [other for other, column in attributes.items() if column.kind == "text"]
        return f"{name!r} is no text attribute", nearest(name, texts)

    def _check_ranks(self) -> None:
        plan, rule = self._plan, self._plan.rank_rule
        if plan.ranks and rule is None:
            todo = 'write a section [rank] with from = "requires", "attribute NAME" or "best"'
            self._wrong_at("rank", "is missing though there are ranks", todo)
        if rule is None:
            return
        if not plan.ranks:
            self._sheet.wrong(rule.place, "there are no ranks", "list them, lowest first: [[ranks]]")
        if rule.source == "attribute":
            declared = plan.inputs.attributes.get(rule.attribute)
            if declared is None or declared.kind != "text":
                self._sheet.wrong(rule.place, *self._no_text_attribute(rule.attribute), key="from")
            return
        for rank in plan.ranks:
            if rank.requires is None:
                todo = 'say when it is reached; requires = "true" is everybody'
                self._sheet.wrong(rank.place, "is missing", todo, key="requires", code="plan.missing")

    def _wrong_at(self, path: str, what: str, todo: str) -> None:
        place = self._plan.places.get(path) or Place(file=self._plan.file, path=path)
        self._sheet.wrong(place, what, todo)
