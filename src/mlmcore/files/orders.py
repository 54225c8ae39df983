"""The orders file: what was sold by whom to whom, and what came back.

Columns: `id`, `date`, `seller`, and the volumes that the plan declares are required; `buyer` (a distributor, empty
for a customer's order), `customer`, `refund_of` and the further columns that the plan declares may be left out. A
refund names its original and has negative volumes.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mlmcore.compensation.inputs import Orders
from mlmcore.compensation.plan import Plan
from mlmcore.domain.errors import Findings, InputError
from mlmcore.files._fields import read_column, read_days
from mlmcore.files._table import Table, read_table
from mlmcore.genealogy import IdIndex, Places

__all__ = ["order_columns", "read_orders"]

Ints = NDArray[np.int32]


def order_columns(plan: Plan) -> list[str]:
    """The columns that an orders file for this plan may have."""
    standard = ["id", "date", "seller", "buyer", "customer", "refund_of"]
    return [*standard, *plan.inputs.volumes, *plan.inputs.order_columns]


def read_orders(path: Path, plan: Plan, people: IdIndex | None, findings: Findings) -> Orders | None:
    """Read an orders file.

    Args:
        path: A CSV file.
        plan: Says which volumes and further columns to expect.
        people: Whom sellers and buyers may name; None where the people file could not be read.
        findings: Takes everything that is wrong.

    Returns:
        The orders, in the order of the file; None where something was found.
    """
    before = len(list(findings))
    required = ["id", "date", "seller", *plan.inputs.volumes]
    table = read_table(path, required=required, known=order_columns(plan), findings=findings)
    if table is None:
        return None
    ids = _ids(table, findings)
    seller = _people(table, "seller", people, findings, required=True)
    buyer = _people(table, "buyer", people, findings, required=False)
    refund_of = _originals(table, ids, findings)
    days = read_days(table, "date", findings)
    declared = {**plan.inputs.volumes, **plan.inputs.order_columns}
    volumes = {
        name: read_column(table, name, column, findings, required=name in plan.inputs.volumes)
        for name, column in declared.items()
    }
    if len(list(findings)) > before or ids is None:
        return None
    customer, customers = _coded(table.column("customer"))
    return Orders(
        ids=ids,
        date=days,
        seller=seller,
        buyer=buyer,
        customer=customer,
        customers=list(customers),
        refund_of=refund_of,
        volumes=volumes,
    )


def _ids(table: Table, findings: Findings) -> IdIndex | None:
    try:
        return IdIndex.from_labels(table.column("id"), Places(file=table.file, lines=table.lines, tree="id"))
    except InputError as error:
        findings.extend(error.findings)
        return None


def _people(table: Table, column: str, people: IdIndex | None, findings: Findings, *, required: bool) -> Ints:
    labels = table.column(column)
    found = np.full(len(labels), -1, dtype=np.int32)
    named = [row for row, label in enumerate(labels) if label]
    if people is not None and named:
        found[named] = people.find_labels([labels[row] for row in named])
    for row, label in enumerate(labels):
        if label and people is not None and found[row] < 0:
            what = f"{label!r} is nobody in the people file"
            table.find(findings, row, column, "files.unknown-person", what, "correct it, or add the person")
        elif required and not label:
            table.find(findings, row, column, "files.missing-value", "is empty", "write the id of the seller")
    return found


def _originals(table: Table, ids: IdIndex | None, findings: Findings) -> Ints:
    labels = table.column("refund_of")
    found = np.full(len(labels), -1, dtype=np.int32)
    named = [row for row, label in enumerate(labels) if label]
    if ids is None or not named:
        return found
    found[named] = ids.find_labels([labels[row] for row in named])
    for row in named:
        if found[row] < 0:
            what = f"there is no order {labels[row]!r} in this file"
            table.find(findings, row, "refund_of", "files.unknown-order", what, "add the order that is refunded")
    return found


def _coded(labels: Sequence[str]) -> tuple[Ints, Sequence[str]]:
    names = sorted({label for label in labels if label})
    codes = {label: code for code, label in enumerate(names)}
    return np.array([codes.get(label, -1) for label in labels], dtype=np.int32), names
