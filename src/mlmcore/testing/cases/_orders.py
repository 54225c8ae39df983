"""The orders of a case: a list of mappings or a CSV file; both become the table that an orders file is."""

from collections.abc import Iterable, Mapping

from attrs import frozen

from mlmcore.compensation.inputs import Orders
from mlmcore.compensation.plan import Plan
from mlmcore.domain.errors import nearest
from mlmcore.files._table import Table
from mlmcore.files.orders import order_columns, orders_of, orders_table
from mlmcore.genealogy import IdIndex
from mlmcore.testing.cases._document import Keyed, Node, Source
from mlmcore.testing.cases._roll import Roll

__all__ = ["Sale", "order_rows", "read_orders"]


@frozen(kw_only=True)
class Sale:
    """An order as written.

    Attributes:
        line: Where.
        fields: The texts of the keys.
    """

    line: int
    fields: dict[str, str]


def order_rows(
    node: Node | None, day: str, before: int, defaults: Mapping[str, str], plan: Plan, source: Source
) -> list[Sale]:
    """The orders of a list.

    Args:
        node: The value of `orders`; a mapping is none of ours.
        day: The day of an order that does not say one; "" where it must.
        before: How many orders there are already: an order without an id is called by its number, `o1`.
        defaults: What every order is that does not say it.
        plan: Which columns there are.
        source: Takes what is wrong.
    """
    sales: list[Sale] = []
    for item in source.many(node):
        entry = source.keyed(item, order_columns(plan))
        if entry is None:
            continue
        said = {key: source.text(value) or "" for key, value in entry.entries.items()}
        number = f"o{before + len(sales) + 1}"
        sales.append(Sale(line=item.line, fields={"id": number, "date": day, **defaults, **said}))
    return sales


def read_orders(
    node: Node | None, sales: Iterable[Sale], people: Roll | None, plan: Plan, source: Source
) -> tuple[Orders | None, dict[str, int]]:
    """All orders of a case, of a list or of a file, and the line of each; None where something was found."""
    ids = None if people is None else people.ids
    if isinstance(node, Keyed):
        return _from_csv(node, ids, plan, source), {}
    rows = list(sales)
    columns = {name: [row.fields.get(name, "") for row in rows] for name in order_columns(plan)}
    table = Table(file=source.file, lines=[row.line for row in rows], columns=columns)
    lines = {row.fields["id"]: row.line for row in rows}
    strangers = [
        (row.line, name, row.fields[name])
        for row in rows
        for name in ("seller", "buyer")
        if people is not None and row.fields.get(name) and people.find(row.fields[name]) < 0
    ]
    for line, name, text in strangers:
        source.wrong_at(
            line, name, f"{text!r} is nobody in this case", nearest(text, people.labels if people is not None else ())
        )
    found = orders_of(table, plan, ids if not strangers else None, source.findings)
    return None if strangers else found, lines


def _from_csv(node: Keyed, people: IdIndex | None, plan: Plan, source: Source) -> Orders | None:
    text = source.text(node.entries.get("csv"))
    source.keyed(node, ["csv"])
    if text is None:
        source.wrong(node, "names no file", "write csv: orders.csv; orders themselves are a list")
        return None
    table = orders_table(source.path.parent / text, plan, source.findings)
    return None if table is None else orders_of(table, plan, people, source.findings)
