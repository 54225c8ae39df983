"""From the document to a `Plan`: every section but the bonuses.

Only what a single key can tell is judged here: its kind, its choices, whether it is missing. What keys mean together
is judged by `checked`, which sees plans written in Python too.
"""

import re
from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Any, Final

from attrs import evolve

from mlmcore.compensation import _choices as choices
from mlmcore.compensation._choices import explained
from mlmcore.compensation.columns import Kind, Unit
from mlmcore.compensation.expressions.expression import Expression
from mlmcore.compensation.loader._boards import read_boards
from mlmcore.compensation.loader._caps import read_cap
from mlmcore.compensation.loader._document import Item, Number, id_of, paths
from mlmcore.compensation.loader._kinds import read_bonus
from mlmcore.compensation.loader._section import Section
from mlmcore.compensation.loader._trees import read_trees
from mlmcore.compensation.plan import (
    Carry,
    InputColumn,
    Inputs,
    KeyTable,
    Plan,
    Rank,
    RankRule,
    Rounding,
    Table,
    ThresholdTable,
)
from mlmcore.compensation.plan.document import EveryName
from mlmcore.domain.errors import Finding, Findings
from mlmcore.domain.money import currency_places

KINDS: Final[dict[str, tuple[Kind, Unit | None]]] = {
    "boolean": ("boolean", None),
    "date": ("date", None),
    "money": ("number", "money"),
    "number": ("number", None),
    "points": ("number", "points"),
    "text": ("text", None),
}
VOLUME_KINDS: Final = ("money", "points")
ATTRIBUTE_KINDS: Final = ("boolean", "date", "money", "number", "points", "text")
_SECTION: Final = re.compile(
    r"inputs(\.(trees|volumes|attributes|order_columns|company|events))?|trees|boards|parameters|tables|functions"
    r"|order_columns|measures|carry|(ranks|bonuses)(\[\d+\]\.id)?"
)
"""What holds names, and the names that elements of lists give themselves."""
HISTORY_LIMIT: Final = 120
"""The most periods that a column is kept: ten years of months."""
PLACES: Final = 2
"""Decimal places of points and plain numbers unless declared."""


def build(document: Item, file: str, variant: str, findings: Findings) -> Plan:
    """Read a whole document.

    Args:
        document: With the variant merged in, over what it extends.
        file: Its name, for messages about what stands nowhere.
        variant: Which variant was merged, or "".
        findings: Where what is wrong goes; the plan is usable only if nothing was added.
    """
    before = len(findings)
    whole = Section(document, file, findings)
    whole.take("variants")
    header = _header(whole)
    elements = _elements(whole, "bonuses")
    tables = _tables(whole)
    read = [read_bonus(item, header["active"], file, findings) for item in elements]
    plan = Plan(
        **header,
        inputs=_inputs(whole, header["currency"]),
        trees=read_trees(whole),
        boards=read_boards(whole),
        parameters=_parameters(whole),
        tables=tables,
        functions={name: whole.text(item) for name, item in whole.entries("functions").items()},
        order_columns=_expressions(whole, "order_columns"),
        measures=_expressions(whole, "measures"),
        rank_rule=_rank_rule(whole),
        ranks=_ranks(whole),
        bonuses=[bonus for bonus in read if bonus is not None],
        caps=[read_cap(item, file, findings) for item in _elements(whole, "caps")],
        carry=_carry(whole),
        history=_history(whole),
        variant=variant,
        file=file,
        places={item.path: whole.place(item) for item in paths(document) if item.path},
    )
    whole.close()
    found = list(findings)[before:]
    left_out = {id_of(item) or "" for item, bonus in zip(elements, read, strict=True) if bonus is None}
    left_out |= document.table["tables"].table.keys() - tables.keys() if "tables" in document.table else set()
    return evolve(plan, broken=_broken(document, left_out, found))


def _broken(document: Item, left_out: set[str], found: Sequence[Finding]) -> frozenset[str]:
    """Return the names of what could not be read, about which nothing more is said.

    Args:
        document: The whole of it.
        left_out: Bonuses and tables that say too little of themselves.
        found: What was wrong with the document. A section that is misspelt holds the names that nobody knows now; of
            one that is no table, or of something whose own name cannot be read, nobody can say which they are.
    """
    if any(item.code == "plan.value" and _SECTION.fullmatch(item.path) for item in found):
        return EveryName()
    misspelt = {item.path for item in found if item.code == "plan.unknown-key"}
    inside = {name for item in paths(document) if item.path in misspelt for name in item.table}
    return frozenset(left_out | inside)


def _expressions(whole: Section, key: str) -> dict[str, Expression]:
    entries = whole.entries(key)
    return {name: whole.expression(item) or Expression(text="0") for name, item in entries.items()}


def _header(whole: Section) -> dict[str, Any]:
    item = whole.need("plan", "write a section [plan] with id, version, period, currency, rounding, ...")
    section = Section(item or Item({}, None, "plan"), whole.file, whole.findings if item else Findings())
    header = {
        "id": section.text(section.need("id", 'name the plan: id = "starter"')),
        "version": section.text(section.need("version", 'any text that tells versions apart: version = "2026-03"')),
        "effective_from": section.day(section.need("effective_from", "the first day on which it may be used")),
        "period": section.choice(section.need("period", explained(choices.PERIODS)), choices.PERIODS, "month"),
        "currency": _currency(section),
        "rounding": _rounding(section),
        "tree": section.text(section.need("tree", 'the tree that is meant where none is named: tree = "sponsor"')),
        "tree_as_of": section.choice(
            section.need("tree_as_of", explained(choices.TREE_AS_OF)), choices.TREE_AS_OF, "period_end"
        ),
        "timezone": section.text(section.need("timezone", 'whose midnights bound days: timezone = "UTC"'), "UTC"),
        "refunds": section.choice(section.need("refunds", explained(choices.REFUNDS)), choices.REFUNDS, "current"),
        "active": section.text(section.take("active")) or None,
        "accounts": section.texts(section.take("accounts")),
        "slow": section.flag(section.take("slow"), default=False),
    }
    section.take("extends")  # was merged before
    section.close()
    return header


def _currency(section: Section) -> str:
    item = section.need("currency", 'the ISO 4217 code of the plan\'s money: currency = "USD"')
    code = section.text(item, "USD")
    try:
        currency_places(code)
    except ValueError as error:
        if item is not None:
            section.wrong(item, str(error))
        return "USD"
    return code


def _rounding(section: Section) -> Rounding:
    item = section.need("rounding", 'write rounding = { mode = "half_even", places = 2, at = "line" }')
    inner = Section(item or Item({}, None, ""), section.file, section.findings if item else Findings())
    mode = inner.choice(inner.need("mode", explained(choices.MODES)), choices.MODES, "half_even")
    places = inner.whole(inner.need("places", "the decimal places of money that is paid, for most 2"), 2, 0, 6)
    at = inner.choice(inner.need("at", explained(choices.ROUNDED_AT)), choices.ROUNDED_AT, "line")
    inner.close()
    return Rounding(mode=mode, places=places, at=at)


def _inputs(whole: Section, currency: str) -> Inputs:
    section = whole.section("inputs")
    if section is None:
        return Inputs()
    trees = section.texts(section.take("trees"), ("sponsor",))
    volumes = _columns(section, "volumes", VOLUME_KINDS, currency)
    attributes = _columns(section, "attributes", ATTRIBUTE_KINDS, currency)
    order_columns = _columns(section, "order_columns", ATTRIBUTE_KINDS, currency)
    company = _columns(section, "company", ATTRIBUTE_KINDS, currency)
    events = {name: _event_columns(section, item, currency) for name, item in section.entries("events").items()}
    owner = section.text(section.take("owner")) or None
    section.close()
    return Inputs(
        trees=trees,
        volumes=volumes,
        attributes=attributes,
        order_columns=order_columns,
        company=company,
        events=events,
        owner=owner,
    )


def _columns(section: Section, key: str, kinds: tuple[str, ...], currency: str) -> dict[str, InputColumn]:
    return {name: _column(section, item, kinds, currency) for name, item in section.entries(key).items()}


def _event_columns(section: Section, item: Item, currency: str) -> dict[str, InputColumn]:
    inner = Section(item, section.file, section.findings)
    return {name: _column(inner, column, ATTRIBUTE_KINDS, currency) for name, column in inner.item.table.items()}


def _column(section: Section, item: Item, kinds: tuple[str, ...], currency: str) -> InputColumn:
    """Read `"points"`, or `{ kind = "points", places = 4 }` where it is finer than usual."""
    if not isinstance(item.value, dict):
        word = section.choice(item, dict.fromkeys(kinds, ""), kinds[0])
        return InputColumn(kind=KINDS[word][0], unit=KINDS[word][1], places=_usual_places(word, currency))
    inner = Section(item, section.file, section.findings)
    kind_choices = dict.fromkeys(kinds, "")
    word = inner.choice(inner.need("kind", explained(kind_choices)), kind_choices, kinds[0])
    places = inner.whole(inner.take("places"), _usual_places(word, currency), 0, 12)
    inner.close()
    return InputColumn(kind=KINDS[word][0], unit=KINDS[word][1], places=places)


def _usual_places(word: str, currency: str) -> int:
    if word == "money":
        return currency_places(currency)
    return PLACES if word in {"number", "points"} else 0


def _parameters(whole: Section) -> dict[str, Any]:
    return {name: _parameter(whole, item) for name, item in whole.entries("parameters").items()}


def _parameter(whole: Section, item: Item) -> Any:
    if isinstance(item.value, (int, Number)) and not isinstance(item.value, bool):
        return whole.decimal(item)
    if isinstance(item.value, (dict, list)):
        whole.wrong(item, "a parameter is one value", "a list belongs into [tables] or into the bonus")
        return Decimal(0)
    return item.value


def _tables(whole: Section) -> dict[str, Table]:
    """Read the tables; one that doesn't say what its rows go by is left out."""
    entries = whole.entries("tables")
    read = {name: _table(name, Section(item, whole.file, whole.findings)) for name, item in entries.items()}
    return {name: table for name, table in read.items() if table is not None}


def _table(name: str, section: Section) -> Table | None:
    item = section.need("by", explained(choices.TABLE_BY) + '; or two keys, by = ["rank", "level"]')
    if item is None:
        return None
    if isinstance(item.value, list):
        by = tuple(section.choice(part, {"rank": "", "level": "", "key": ""}, "key") for part in item.array)
        if len(by) not in {1, 2}:
            section.wrong(item, f"a table has one or two keys, not {len(by)}")
            by = ("key",)
        return _key_table(name, by, section)
    word = section.choice(item, choices.TABLE_BY, "threshold")
    return _threshold_table(name, section) if word == "threshold" else _key_table(name, (word,), section)


def _threshold_table(name: str, section: Section) -> ThresholdTable:
    item = section.need("rows", "write rows = [[0, 0.03], [600, 0.06]]: threshold and value, lowest first")
    rows = []
    for part in item.array if item else ():
        if len(part.array) != 2:
            section.wrong(part, "a row has two numbers: threshold and value")
            continue
        rows.append((section.decimal(part.array[0]), section.decimal(part.array[1])))
    if item is not None and not isinstance(item.value, list):
        section.wrong(item, "rows of a threshold table are a list", "write [[0, 0.03], [600, 0.06]]")
    elif item is not None and not rows:
        section.wrong(item, "a table needs at least one row")
    if item is not None and any(first >= second for (first, _), (second, _) in pairwise(rows)):
        section.wrong(item, "the thresholds don't rise", "write the lowest first, each once")
    below = section.take("below")
    mode = section.choice(section.take("mode"), choices.TABLE_MODE, "row")
    section.close()
    return ThresholdTable(
        name=name,
        rows=tuple(rows) or ((Decimal(0), Decimal(0)),),
        below=None if below is None else section.decimal(below),
        mode=mode,
        place=section.place(),
    )


def _key_table(name: str, by: tuple[Any, ...], section: Section) -> KeyTable | None:
    item = section.need("rows", "write rows = { gold = 0.05, ... }")
    rows: dict[tuple[str, ...], Decimal] = {}
    if item is not None and not isinstance(item.value, dict):
        section.wrong(item, "rows by key are a table", "write rows = { gold = 0.05, ... }")
    for key, part in item.table.items() if item else ():
        rows.update(_key_rows(key, part, by, section))
    missing = section.need("missing", 'what a key without a row gives: a number, or "error" to stop the run')
    section.close()
    if item is None or (item.value and not rows):
        return None
    stop = missing is None or missing.value == "error"
    found = "error" if stop else section.decimal(missing)  # type: ignore[arg-type] # not None when it doesn't stop
    return KeyTable(name=name, by=by, rows=rows, missing=found, place=section.place())  # type: ignore[arg-type] # as the choices above


def _key_rows(key: str, part: Item, by: tuple[str, ...], section: Section) -> dict[tuple[str, ...], Decimal]:
    if len(by) == 1:
        return {(key,): section.decimal(part)}
    if isinstance(part.value, list) and by[1] == "level":
        return {(key, str(level)): section.decimal(value) for level, value in enumerate(part.array, start=1)}
    if isinstance(part.value, dict):
        return {(key, inner): section.decimal(value) for inner, value in part.table.items()}
    todo = "write gold = { silver = 0.05 }" + (" or gold = [0.05, 0.03]" if by[1] == "level" else "")
    section.wrong(part, "a row of a table with two keys holds the second key", todo)
    return {}


def _rank_rule(whole: Section) -> RankRule | None:
    section = whole.section("rank")
    if section is None:
        return None
    item = section.need(
        "from",
        'choose "requires": by each rank\'s requirement; "attribute NAME": given; "best": the highest ever reached',
    )
    text = section.text(item, "requires")
    word, _, attribute = text.partition(" ")
    if word not in {"requires", "attribute", "best"} or (word == "attribute") != bool(attribute):
        if item is not None:
            section.wrong(item, f"{text!r} is none of the choices", 'choose "requires", "attribute NAME" or "best"')
        word, attribute = "requires", ""
    climb = section.take("climb")
    if climb is None and item is not None and word != "attribute":
        section.need("climb", explained(choices.CLIMB))
    rule = RankRule(
        source=word,  # type: ignore[arg-type] # one of the three, see above
        attribute=attribute.strip(),
        climb=section.choice(climb, choices.CLIMB, "highest"),
        place=section.place(),
    )
    section.close()
    return rule


def _elements(whole: Section, key: str) -> list[Item]:
    item = whole.take(key)
    if item is None:
        return []
    if not isinstance(item.value, list):
        whole.wrong(item, "a list of tables was expected", f"write [[{key}]]")
    return item.array


def _ranks(whole: Section) -> list[Rank]:
    return [_rank(Section(item, whole.file, whole.findings)) for item in _elements(whole, "ranks")]


def _rank(section: Section) -> Rank:
    """Read a rank; whatever key is not its own is one of its numbers."""
    own = section.text(section.need("id", "name the rank"), "unnamed")
    requires = section.expression(section.take("requires"))
    numbers = {key: section.decimal(item) for key, item in section.item.table.items() if key not in {"id", "requires"}}
    return Rank(id=own, requires=requires, numbers=numbers, place=section.place())


def _history(whole: Section) -> dict[str, int]:
    """Read how far back each column is kept; `u1.paid = 3` is a table in a table, and means the column `u1.paid`."""
    kept: dict[str, int] = {}
    for name, item in whole.entries("history").items():
        inner = item.table if isinstance(item.value, dict) else {}
        for column, periods in {f"{name}.{key}": part for key, part in inner.items()}.items() or [(name, item)]:
            kept[column] = whole.whole(periods, 1, 1, HISTORY_LIMIT)
    return kept


def _carry(whole: Section) -> dict[str, Carry]:
    return {
        name: _carried(name, Section(item, whole.file, whole.findings)) for name, item in whole.entries("carry").items()
    }


def _carried(name: str, section: Section) -> Carry:
    value = section.expression(section.need("value", f'write value = "previous.{name} + ..."'))
    initial = section.expression(section.need("initial", "its value before the first period"))
    section.close()
    return Carry(name=name, value=value or "0", initial=initial or "0", place=section.place())
