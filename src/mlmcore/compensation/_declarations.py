"""The one namespace of a plan: every declared name, none of them twice, none of them reserved.

Only a bonus may be called by a word that never stands before a dot.
"""

import keyword
import re
from collections.abc import Iterator, Mapping
from itertools import product
from typing import Final

from attrs import frozen

from mlmcore.compensation.available import AGGREGATES, FUNCTIONS, SCOPES
from mlmcore.compensation.expressions.expression import Place
from mlmcore.compensation.expressions.names import BUILT_IN_ORDER, BUILT_IN_PERSON, PREFIXES
from mlmcore.compensation.plan import Plan
from mlmcore.compensation.plan.boards import CYCLE_COLUMNS
from mlmcore.domain.errors import Findings

_WORDS: Final = ("true", "false", "none", "level", "period", "company", "previous", "unlimited")
RESERVED: Final = frozenset(
    {
        *AGGREGATES,
        *FUNCTIONS,
        *SCOPES,
        *PREFIXES,
        *BUILT_IN_ORDER,
        *(name for name in BUILT_IN_PERSON if "." not in name),
        *_WORDS,
    }
)
"""Names that mean something already."""
_WITHOUT_A_DOT: Final = {*AGGREGATES, *FUNCTIONS, *SCOPES, "level"} - {"events"}
"""Words that never stand before a dot: a bonus may be called so, since of it only `ID.earned` and the like are read."""
_OF_A_RESULT: Final = "total"
"""What a result and the cases call everything that somebody is paid."""
_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


@frozen
class Declaration:
    """A name that a plan declares: what it is, in words, and where."""

    name: str
    words: str
    path: str


def declarations(plan: Plan) -> Iterator[Declaration]:
    """Yield every name of the plan's one namespace; a carry may share a measure's and is not in it."""
    groups = (
        (plan.inputs.volumes, "a volume", "inputs.volumes"),
        (plan.inputs.attributes, "an attribute", "inputs.attributes"),
        (plan.inputs.order_columns, "a column of orders", "inputs.order_columns"),
        (plan.inputs.company, "a company input", "inputs.company"),
        (plan.inputs.events, "an event", "inputs.events"),
        (plan.parameters, "a parameter", "parameters"),
        (plan.tables, "a table", "tables"),
        (plan.trees, "a tree", "trees"),
        (plan.boards, "a board", "boards"),
        (plan.functions, "a function", "functions"),
        (plan.order_columns, "an order column", "order_columns"),
        (plan.measures, "a measure", "measures"),
    )
    for names, words, path in groups:
        for name in names:
            yield Declaration(name, words, f"{path}.{name}")
    for rank in plan.ranks:
        yield Declaration(rank.id, "a rank", rank.place.path or f"ranks.{rank.id}")
    for bonus in plan.bonuses:
        yield Declaration(bonus.id, "a bonus", bonus.place.path or f"bonuses.{bonus.id}")
    for account in plan.accounts:
        yield Declaration(account, "an account", "plan.accounts")


def check_names(plan: Plan, findings: Findings) -> None:
    """Report names that are misshapen, reserved or declared twice."""
    seen: dict[str, Declaration] = {}
    for found in declarations(plan):
        place = place_of(plan, found)
        problem = _problem(found, seen.get(found.name))
        if problem is not None:
            what, todo = problem
            findings.add(code="plan.name", what=what, todo=todo, file=place.file, line=place.line, path=place.path)
        seen.setdefault(found.name, found)
    _check_event_columns(plan, seen, findings)


def _check_event_columns(plan: Plan, seen: Mapping[str, Declaration], findings: Findings) -> None:
    """Report names of events' columns; those of orders and of other events are never at hand together with them."""
    elsewhere = {*plan.inputs.volumes, *plan.inputs.order_columns, *plan.order_columns}
    for event, columns in plan.inputs.events.items():
        for name in columns:
            found = Declaration(name, "a column of events", f"inputs.events.{event}.{name}")
            problem = _problem(found, None if name in elsewhere else seen.get(name))
            if problem is not None:
                what, todo = problem
                place = place_of(plan, found)
                findings.add(code="plan.name", what=what, todo=todo, file=place.file, line=place.line, path=place.path)
    for board, name in product(plan.boards, CYCLE_COLUMNS):
        earlier = None if name in elsewhere else seen.get(name)
        if earlier is not None:
            what, place = f"its cycles have a column {name!r}, which is {earlier.words} already", _board(plan, board)
            todo = f"rename {earlier.path}"
            findings.add(code="plan.name", what=what, todo=todo, file=place.file, line=place.line, path=place.path)


def _board(plan: Plan, name: str) -> Place:
    return place_of(plan, Declaration(name, "a board", f"boards.{name}"))


def place_of(plan: Plan, found: Declaration) -> Place:
    """Return where a declaration stands."""
    return plan.places.get(found.path) or Place(file=plan.file, path=found.path)


def _problem(found: Declaration, earlier: Declaration | None) -> tuple[str, str] | None:
    name = found.name
    if not _NAME.fullmatch(name) or keyword.iskeyword(name):
        return f"{name!r} is no name", "begin with a letter, go on with letters, digits and _; no word of Python"
    if name in RESERVED and not (found.words == "a bonus" and name in _WITHOUT_A_DOT):
        return f"{name!r} is reserved", "rename it"
    if name == _OF_A_RESULT and found.words in {"a measure", "a bonus"}:
        return "'total' is what cases call everything that somebody is paid", "rename it: total_paid"
    if earlier is not None:
        return f"{name!r} is {earlier.words} already ({earlier.path})", f"rename {found.words} or the other"
    return None
