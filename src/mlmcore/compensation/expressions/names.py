"""Which names an expression may use, and whose column each one is.

A `Namespace` holds what the plan declares; a `Context` says what a bare name and a prefix mean in one kind of
clause (a measure, an order column, the `rate` of a walk, ...). Looking a name up in both gives a `Name` or a
`Constant` with its type, or an error that says what would have been possible.
"""

from collections.abc import Mapping
from typing import Final

from attrs import evolve, field, frozen

from mlmcore.compensation.expressions.syntax import ExpressionError, Identifier
from mlmcore.compensation.expressions.tree import Constant, Name, Node, Subject
from mlmcore.compensation.expressions.types import DATE, PERSON, RANK, TEXT, Type, number
from mlmcore.compensation.nearest import nearest
from mlmcore.compensation.plan import Table

Group = str
"""Whose columns: `person`, `order`, or `events.NAME`."""

EVENTS: Final = "events."
"""How events are named in sources and scopes: `events.NAME`."""
PREFIXES: Final = ("buyer", "child", "me", "order", "payee", "seller", "source", "this")

BUILT_IN_PERSON: Final[Mapping[str, Type]] = {
    "id": PERSON,
    "status": TEXT,
    "joined": DATE,
    "rank": RANK,
    "rank.now": RANK,
    "rank.best": RANK,
}
BUILT_IN_ORDER: Final[Mapping[str, Type]] = {
    "date": DATE,
    "seller": PERSON,
    "buyer": PERSON.as_optional(),
    "customer": TEXT.as_optional(),
}
BUILT_IN_EVENT: Final[Mapping[str, Type]] = {"date": DATE}
BUILT_IN_RUN: Final[Mapping[str, Type]] = {"period.start": DATE, "period.end": DATE}


@frozen(kw_only=True)
class Context:
    """What names mean in one kind of clause.

    Attributes:
        words: The clause, for messages: `a measure`.
        bare: Where a bare name is looked for, in this order, and whose it then is.
        prefixes: What each prefix reaches.
        nobody: Prefixes of who may be nobody here, beside the buyer, and whose columns then are none.
        this: Whether a rank is under test.
        level: Whether `level` may be read.
        ordinals: Whether a row is at hand of which `position(...)` can be asked.
        past: Inside an aggregate over past periods: over how many.
        aggregates: Whether aggregates have a person to start from.
        inside: Whether this is inside an aggregate.
        sums: Whether `company.NAME` may sum a column over everybody.
        per_point: Whether money by points is a plain number: what a point is worth.
    """

    words: str
    bare: tuple[tuple[Group, Subject], ...] = ()
    prefixes: Mapping[str, tuple[Group, Subject]] = field(factory=dict)
    nobody: tuple[str, ...] = ()
    this: bool = False
    level: bool = False
    ordinals: bool = False
    past: int = 0
    aggregates: bool = False
    inside: bool = False
    sums: bool = True
    per_point: bool = False


_OF_ORDER: Final[Mapping[str, tuple[Group, Subject]]] = {
    "order": ("order", "order"),
    "seller": ("person", "seller"),
    "buyer": ("person", "buyer"),
}
_ME: Final[Mapping[str, tuple[Group, Subject]]] = {"me": ("person", "me")}
_OF_WALK: Final[Mapping[str, tuple[Group, Subject]]] = {**_OF_ORDER, "source": ("person", "source")}

RUN: Final = Context(words="a condition on the period")
POINT_VALUE: Final = evolve(RUN, words="what a point is worth", per_point=True)
FIGURE: Final = Context(words="a figure of the whole company")
BEFORE_RUN: Final = Context(words="what is carried into the first period", sums=False)
MEASURE: Final = Context(words="a measure", bare=(("person", "self"),), aggregates=True)
REQUIREMENT: Final = Context(
    words="a rank's requirement",
    bare=(("person", "self"),),
    this=True,
    aggregates=True,
)
ORDER_COLUMN: Final = Context(words="an order column", bare=(("order", "order"),), prefixes=_OF_ORDER)
WALK_SOURCE: Final = Context(
    words="what a walk starts with",
    bare=(("order", "order"), ("person", "source")),
    prefixes=_OF_WALK,
    ordinals=True,
)
WALK_PEOPLE_SOURCE: Final = Context(
    words="what a walk starts with",
    bare=(("person", "source"),),
    prefixes={"source": ("person", "source")},
    aggregates=True,
)
WALK_REACHED: Final = Context(
    words="a condition on the person reached",
    bare=(("person", "self"),),
    prefixes={**_OF_WALK, "payee": ("person", "self"), "child": ("person", "child")},
    level=True,
    aggregates=True,
)
WALK_COUNTS: Final = evolve(
    WALK_REACHED,
    words="a condition on who counts",
    prefixes={**_OF_WALK, "payee": ("person", "payee"), "child": ("person", "child")},
    level=False,
)
WALK_RATE: Final = evolve(WALK_REACHED, words="a rate of a walk", ordinals=True)
WALK_AMOUNT: Final = evolve(WALK_RATE, words="an amount of a walk", prefixes={**_OF_WALK, "payee": ("person", "self")})
PAYEE: Final = Context(words="a condition on the payee", bare=(("person", "self"),), aggregates=True)
AMOUNT_OF_ORDER: Final = Context(
    words="an amount per order",
    bare=(("order", "order"), ("person", "self")),
    prefixes={**_OF_ORDER, "payee": ("person", "self"), "source": ("person", "self")},
    ordinals=True,
)
ANOTHERS_AMOUNT: Final = evolve(
    AMOUNT_OF_ORDER,
    words="an amount of whoever is the payee",
    prefixes={**_OF_ORDER, "source": ("person", "self"), "payee": ("person", "payee")},
    nobody=("payee",),
)
BEFORE_PAYEE: Final = evolve(
    AMOUNT_OF_ORDER,
    words="what is asked before the payee is known",
    prefixes={**_OF_ORDER, "source": ("person", "self")},
)
AMOUNT_OF_PERSON: Final = evolve(PAYEE, words="an amount per person")


PLACED: Final = evolve(PAYEE, words="a tree that the plan makes")
BOARD_ENTRY: Final = Context(
    words="what brings positions on a board", bare=(("order", "order"), ("person", "source")), prefixes=_OF_WALK
)
CARRY: Final = evolve(PAYEE, words="what is carried")


@frozen(kw_only=True)
class Namespace:
    """What a plan declares, by group; a type of None belongs to something that is wrong itself.

    Attributes:
        person: Columns of people.
        order: Columns of orders.
        events: Columns of events, by name of the events.
        past: Columns of people that are kept for later periods.
        history: How many periods back each of them is kept.
        this: Numbers of the rank under test, which are known when the plan is loaded.
        this_rank: The id of that rank.
        run: What is the same for everybody: period and company.
        constants: Parameters, ranks and accounts.
        tables: Tables by name.
        trees: Trees by name.
        default_tree: The plan's tree.
        owned: Whether the plan says whose a position is.
        rank_ids: Rank ids, lowest first.
        slow: Whether the plan allows what is not near-linear.
        aliases: Bare names that stand for columns of people in the clause at hand: a binary's `left` for `ID.left`.
        functions: Functions that the plan brings along: by name, `package:function`.
        tested: The rank for which an amount is computed, which bare `rank` then is; None otherwise.
        broken: Names that were meant to be declared and couldn't be read; nothing more is said about them.
    """

    person: dict[str, Type | None] = field(factory=dict)
    order: dict[str, Type | None] = field(factory=dict)
    events: dict[str, dict[str, Type | None]] = field(factory=dict)
    past: dict[str, Type | None] = field(factory=dict)
    history: Mapping[str, int] = field(factory=dict)
    this: dict[str, Constant] = field(factory=dict)
    this_rank: str = ""
    run: dict[str, Type | None] = field(factory=dict)
    constants: dict[str, Constant] = field(factory=dict)
    tables: dict[str, Table] = field(factory=dict)
    trees: tuple[str, ...] = ()
    default_tree: str = ""
    owned: bool = False
    rank_ids: tuple[str, ...] = ()
    slow: bool = False
    aliases: Mapping[str, str] = field(factory=dict)
    functions: Mapping[str, str] = field(factory=dict)
    tested: Constant | None = None
    broken: frozenset[str] = frozenset()

    def group(self, name: Group) -> dict[str, Type | None]:
        """Return the columns of one group."""
        if name.startswith(EVENTS):
            return self.events[name.removeprefix(EVENTS)]
        return {"person": self.person, "past": self.past}.get(name, self.order)

    def names(self) -> frozenset[str]:
        """Return every name that may stand alone, but for aliases and ranks' own numbers."""
        return frozenset({*self.person, *self.order, *self.run, *self.constants, *self.tables})

    def resolve(self, identifier: Identifier, context: Context) -> Node:  # noqa: PLR0911 - a return per kind of name
        """Say what a name is.

        Raises:
            ExpressionError: There is no such name, or it means nothing in this context. Its `what` is empty when the
                name belongs to something that is wrong itself and has been reported.
        """
        name, at = identifier.name, identifier.at
        prefix, _, rest = name.partition(".")
        if rest and prefix in PREFIXES:
            return self._prefixed(prefix, rest, at, context)
        whose = next((subject for group, subject in context.bare if group == "person"), None)
        if name in self.aliases and whose is not None:
            return _name(whose, self.aliases[name], self.person[self.aliases[name]], at)
        if name == "rank" and self.tested is not None and not context.inside:
            return evolve(self.tested, at=at)
        if name in self.constants:
            return evolve(self.constants[name], at=at)
        if name == "level" and context.level:
            return Name(subject="run", name="level", type=number(), at=at)
        if name in self.run:
            return _name("run", name, self.run[name], at)
        if prefix == "company" and rest:
            return self._summed(rest, at, context)
        for group, subject in context.bare:
            if name in self.group(group):
                self._check_past(name, at, context)
                return _name(subject, name, self.group(group)[name], at)
        raise self._unknown(name, at, context)

    def _prefixed(self, prefix: str, rest: str, at: int, context: Context) -> Node:
        if prefix == "this" and context.this:
            return self._this(rest, at)
        if prefix not in context.prefixes:
            known = ", ".join(f"{word}." for word in sorted(context.prefixes))
            todo = f"prefixes here: {known}" if known else "use the bare name"
            raise ExpressionError(f"`{prefix}.` means nothing in {context.words}", todo, at)
        group, subject = context.prefixes[prefix]
        columns = self.group(group)
        if rest not in columns and rest.partition(".")[0] in self.broken:
            raise ExpressionError("", "", at)
        if rest not in columns:
            words = _GROUP_WORDS.get(group, f"an event of {group.removeprefix(EVENTS)}")
            raise ExpressionError(f"{words} has no column {rest!r}", nearest(rest, columns), at)
        found = columns[rest]
        maybe_nobody = prefix in _PERHAPS_NOBODY or prefix in context.nobody
        return _name(subject, rest, found.as_optional() if found is not None and maybe_nobody else found, at)

    def _summed(self, rest: str, at: int, context: Context) -> Node:
        """A column summed over everybody, or over all orders of the period."""
        group = next((group for group in _GROUPS if rest in self.group(group)), None)
        if group is None and rest in self.broken:
            raise ExpressionError("", "", at)
        if group is None:
            columns = [name for one in _GROUPS for name, found in self.group(one).items() if _is_number(found)]
            figures = [name.removeprefix("company.") for name in self.run if name.startswith("company.")]
            raise ExpressionError(f"unknown name 'company.{rest}'", nearest(rest, [*figures, *columns]), at)
        if not context.sums:
            raise ExpressionError(f"'company.{rest}' means nothing in {context.words}", "write a number", at)
        found = self.group(group)[rest]
        if found is not None and not _is_number(found):
            what = f"'company.{rest}' sums a column over everybody, and {rest!r} is {found}"
            raise ExpressionError(what, "sum a measure that is a number", at)
        return _name("run", f"company.{rest}", found if found is None else evolve(found, optional=False), at)

    def _check_past(self, name: str, at: int, context: Context) -> None:
        kept = self.history.get(name, 0)
        if context.past > kept:
            what = (
                f"{name!r} is kept {kept} {'period' if kept == 1 else 'periods'} back, and {context.past} are asked for"
            )
            raise ExpressionError(what, f"write {name} = {context.past} in [history]", at)

    def _this(self, rest: str, at: int) -> Node:
        if rest not in self.this:
            raise ExpressionError(f"the rank {self.this_rank!r} has no number {rest!r}", nearest(rest, self.this), at)
        return evolve(self.this[rest], at=at)

    def _unknown(self, name: str, at: int, context: Context) -> ExpressionError:
        if name.partition(".")[0] in self.broken:
            return ExpressionError("", "", at)
        if name == "level":
            return ExpressionError(
                f"`level` means nothing in {context.words}",
                "a walk's rate, pays, depth and stop_at read it",
                at,
            )
        for group in (*_GROUPS, *(f"{EVENTS}{event}" for event in self.events)):
            if name in self.group(group):
                return self._elsewhere(name, group, at, context)
        if name in self.tables:
            return ExpressionError(f"{name!r} is a table", f"write lookup({name}, ...)", at)
        known = [*self.constants, *self.run, *(key for group, _ in context.bare for key in self.group(group))]
        return ExpressionError(f"unknown name {name!r}", nearest(name, known), at)

    def _elsewhere(self, name: str, group: Group, at: int, context: Context) -> ExpressionError:
        reaching = [f"{word}.{name}" for word, (reached, _) in context.prefixes.items() if reached == group]
        todo = f"write {' or '.join(sorted(reaching))}" if reaching else ""
        if group == "person" and context.past:
            todo = f"keep it: {name if '.' not in name else f'{name!r}'} = {context.past} in [history]"
        if group == "order" and context.aggregates:
            aggregated = f"aggregate it: sum(orders, {name})"
            todo = f"{todo}, or {aggregated}" if todo else aggregated
        if group.startswith(EVENTS) and context.aggregates:
            todo = f"aggregate it: sum({group}, {name})"
        whose = {"person": "a column of people", "order": "a column of orders"}.get(group, f"a column of {group}")
        return ExpressionError(f"{name!r} is {whose} and means nothing in {context.words}", todo, at)


_GROUPS: Final[tuple[Group, ...]] = ("person", "order")
_PERHAPS_NOBODY: Final = frozenset({"buyer"})
"""Prefixes of a person who may be nobody, and whose columns then are none."""
_GROUP_WORDS: Final = {"person": "a person", "order": "an order"}


def _is_number(found: Type | None) -> bool:
    return found is not None and found.kind == "number"


def of_rows(context: Context, dated: str | None) -> Context:
    """Return a context of orders as one of the rows from which a bonus starts: an event has no seller and no buyer."""
    if dated is None or not dated.startswith(EVENTS):
        return context

    def moved(whose: tuple[Group, Subject]) -> tuple[Group, Subject]:
        return (dated, "order") if whose[0] == "order" else whose

    prefixes = {word: moved(whose) for word, whose in context.prefixes.items() if word not in {"seller", "buyer"}}
    return evolve(context, bare=tuple(map(moved, context.bare)), prefixes=prefixes)


def _name(subject: Subject, name: str, found: Type | None, at: int) -> Name:
    if found is None:
        raise ExpressionError("", "", at)
    return Name(subject=subject, name=name, type=found, at=at)


def from_people(context: Context) -> Context:
    """Return the context of the same clause where walks start from people, not from orders."""
    prefixes = {prefix: meant for prefix, meant in context.prefixes.items() if prefix not in _OF_ORDER}
    return evolve(context, prefixes=prefixes, ordinals=False)


def inside_people(context: Context) -> Context:
    """Return the context inside an aggregate over people, seen from `context`."""
    return Context(
        words="an aggregate over people",
        bare=(("person", "self"),),
        prefixes=_ME,
        this=context.this,
        aggregates=True,
        inside=True,
    )


def over_nothing_of(context: Context) -> Context:
    """Return the context of an aggregate's `default=`, seen from `context`: it is asked of whose scope it is, alone."""
    return evolve(
        context,
        words="a default=, which is asked of the person whose scope it is",
        bare=(("person", "self"),),
        prefixes={prefix: meant for prefix, meant in context.prefixes.items() if prefix == "me"},
        level=False,
        ordinals=False,
    )


def inside_customers(context: Context) -> Context:
    """Return the context inside an aggregate over customers: `orders` are then that customer's."""
    return evolve(inside_people(context), words="an aggregate over customers")


def inside_upward(context: Context) -> Context:
    """Return the context of what is asked of somebody above, seen from `context`."""
    return evolve(inside_people(context), words="what is asked of somebody above", aggregates=context.aggregates)


def inside_events(context: Context, name: str) -> Context:
    """Return the context inside an aggregate over events, seen from `context`."""
    return evolve(of_rows(inside_orders(context), f"{EVENTS}{name}"), words="an aggregate over events")


def inside_ordinal(context: Context) -> Context:
    """Return the context of what `position(...)` asks of each row: bare names are its own, `order.` the paid one's."""
    group = context.prefixes["order"][0]
    people: Mapping[str, tuple[Group, Subject]] = {
        word: ("person", word) for word in ("seller", "buyer") if group == "order"
    }
    return Context(
        words="what position(...) counts",
        bare=((group, "order"), ("person", "self")),
        prefixes={"order": (group, "paid"), "source": ("person", "self"), **people},
        inside=True,
    )


def inside_past(context: Context, periods: int) -> Context:
    """Return the context inside an aggregate over a person's past periods, seen from `context`."""
    return Context(
        words="an aggregate over past periods",
        bare=(("past", "past"),),
        prefixes=_ME,
        past=periods,
        this=context.this,
        inside=True,
    )


def inside_orders(context: Context) -> Context:
    """Return the context inside an aggregate over orders, seen from `context`."""
    return Context(
        words="an aggregate over orders",
        bare=(("order", "order"), ("person", "self")),
        prefixes={**_OF_ORDER, **_ME},
        this=context.this,
        inside=True,
    )
