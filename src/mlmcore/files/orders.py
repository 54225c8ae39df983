"""The orders file: what was sold by whom to whom, and what came back.

Columns: `id`, `date`, `seller`, and the volumes that the plan declares are required; `buyer` (a distributor, empty
for a customer's order), `customer`, `refund_of` and the further columns that the plan declares may be left out. A
refund names its original and has negative volumes.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mlmcore.compensation.columns import Column
from mlmcore.compensation.inputs import Orders
from mlmcore.compensation.plan import Plan
from mlmcore.domain.errors import Findings
from mlmcore.files._fields import read_column, read_days
from mlmcore.files._ids import find_wrong_ids, positions, sound_ids
from mlmcore.files._table import Table, read_table
from mlmcore.genealogy import IdIndex

__all__ = ["order_columns", "orders_of", "orders_table", "read_orders"]

Ints = NDArray[np.int32]


def order_columns(plan: Plan, beside: Plan | None = None) -> list[str]:
    """The columns that an orders file for this plan, and for the one beside it, may have."""
    standard = ["id", "date", "seller", "buyer", "customer", "refund_of"]
    declared = [name for one in (plan, beside) if one for name in (*one.inputs.volumes, *one.inputs.order_columns)]
    return list(dict.fromkeys([*standard, *declared]))


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
    table = orders_table(path, plan, findings)
    return None if table is None else orders_of(table, plan, people, findings)


def orders_table(path: Path, plan: Plan, findings: Findings, beside: Plan | None = None) -> Table | None:
    """An orders file as a table, or None and why it is none; what only the plan `beside` declares may be in it."""
    required = ["id", "date", "seller", *plan.inputs.volumes]
    return read_table(path, required=required, known=order_columns(plan, beside), findings=findings)


def orders_of(table: Table, plan: Plan, people: IdIndex | None, findings: Findings) -> Orders | None:
    """What the fields of an orders file mean, or None and what is wrong with them."""
    before = len(findings)
    ids = find_wrong_ids(table, findings)
    seller = _people(table, "seller", people, findings, required=True)
    buyer = _people(table, "buyer", people, findings, required=False)
    refund_of = _originals(table, ids, findings)
    days = read_days(table, "date", findings)
    declared = {**plan.inputs.volumes, **plan.inputs.order_columns}
    volumes = {
        name: read_column(table, name, column, findings, required=name in plan.inputs.volumes)
        for name, column in declared.items()
    }
    for name in plan.inputs.volumes:
        _check_signs(table, name, volumes[name], findings)
    if len(findings) > before or ids is None or not table.whole:
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


def _people(table: Table, column: str, people: IdIndex | None, findings: Findings, *, required: bool) -> Ints:
    labels = table.column(column)
    found = np.full(len(labels), -1, dtype=np.int32) if people is None else positions(people, labels)
    for row in np.flatnonzero(found < 0).tolist():
        label = labels[row]
        if label and people is not None:
            what = f"{label!r} is nobody in the people file"
            table.find(findings, row, column, "files.unknown-person", what, "correct it, or add the person")
        elif required and not label:
            table.find(findings, row, column, "files.missing-value", "is empty", "write the id of the seller")
    return found


def _originals(table: Table, ids: IdIndex | None, findings: Findings) -> Ints:
    labels = table.column("refund_of")
    if not any(labels):
        return np.full(len(labels), -1, dtype=np.int32)
    found = positions(sound_ids(table) if ids is None else ids, labels)
    for row in np.flatnonzero(found < 0).tolist():
        if labels[row] and table.whole:
            what = f"there is no order {labels[row]!r} in this file"
            table.find(findings, row, "refund_of", "files.unknown-order", what, "add the order that is refunded")
    return found


def _check_signs(table: Table, name: str, volume: Column, findings: Findings) -> None:
    """A refund takes back: its volumes are negative, and nobody else's are."""
    originals = table.column("refund_of")
    refunds = np.array([bool(original) for original in originals], dtype=np.bool_)
    for row in np.flatnonzero((volume.values != 0) & ((volume.values < 0) != refunds)).tolist():
        if not refunds[row]:
            what = "is negative, and the row names no order that it refunds"
            table.find(findings, row, name, "files.sign", what, "name the order in refund_of")
        else:
            what = f"is positive, and the row refunds {originals[row]!r}"
            table.find(findings, row, name, "files.sign", what, "write what comes back with a minus")


def _coded(labels: Sequence[str]) -> tuple[Ints, Sequence[str]]:
    names = sorted({label for label in labels if label})
    codes = {label: code for code, label in enumerate(names)}
    return np.array([codes.get(label, -1) for label in labels], dtype=np.int32), names
