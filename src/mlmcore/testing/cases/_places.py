"""Who has which place already in the trees that a plan makes itself: what a case says of the periods before it."""

import numpy as np

from mlmcore.compensation._row_names import PLACES
from mlmcore.compensation.columns import Column
from mlmcore.compensation.inputs import CarriedRows
from mlmcore.compensation.plan import Plan
from mlmcore.domain.errors import nearest
from mlmcore.testing.cases._document import Node, Source, Text
from mlmcore.testing.cases._outline import Row, read_outline

__all__ = ["read_places"]

_LEGS = {"left": 1, "right": 2}


def read_places(node: Node | None, plan: Plan, source: Source) -> dict[str, CarriedRows]:
    """The places of each tree that is drawn, as the period before hands them on."""
    section = source.keyed(node, plan.trees)
    found: dict[str, CarriedRows] = {}
    for name, drawn in section.entries.items() if section is not None else ():
        if name not in plan.trees:
            continue
        if not isinstance(drawn, Text):
            source.wrong(drawn, "is no outline", "write | here, and the tree below it, indented, with leg=")
            continue
        rows = read_outline(drawn, source)
        found[f"{PLACES}{name}"] = _carried(rows, drawn, plan.trees[name].width, source)
    return found


def _carried(rows: list[Row], drawn: Text, width: int, source: Source) -> CarriedRows:
    legs = [_leg(row, drawn, width, source) for row in rows]
    columns = {
        "person": Column.texts([row.id for row in rows]),
        "parent": Column.texts([row.upline or None for row in rows]),
        "leg": Column.scaled(np.array(legs, dtype=np.int64), 0),
    }
    return CarriedRows(columns=columns)


def _leg(row: Row, drawn: Text, width: int, source: Source) -> int:
    path = f"{drawn.path}.{row.id}"
    for key in row.fields:
        if key != "leg":
            source.wrong_at(row.line, path, f"unknown key {key!r}", nearest(key, ["leg"]), "cases.unknown-key")
    text = row.fields.get("leg", "")
    if not row.upline:
        if text:
            source.wrong_at(row.line, path, "is a root, and stands in no leg", "leave leg out")
        return 0
    leg = _LEGS.get(text, int(text) if text.isascii() and text.isdigit() and len(text) < len("10000") else 0)
    if not 1 <= leg <= width:
        source.wrong_at(row.line, path, f"leg={text} is no leg" if text else "has no leg", f"write leg=1 to {width}")
    return leg
