"""The orders of a case: a list of mappings or a CSV file; both become the table that an orders file is."""

from collections.abc import Iterable, Mapping

from attrs import frozen

from mlmcore.compensation.inputs import Orders
from mlmcore.compensation.plan import Plan
from mlmcore.domain.errors import Findings, nearest
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
        told: The keys with whose value something is wrong that has been said.
    """

    line: int
    fields: dict[str, str]
    told: frozenset[str] = frozenset()

    @classmethod
    def read(cls, entry: Keyed, line: int, given: Mapping[str, str], day: str | None, source: Source) -> "Sale":
        """The row of a mapping.

        Args:
            entry: The mapping.
            line: Where it stands.
            given: What holds where the mapping does not say it.
            day: The day of a row that does not say one; "" where it must; None where the period is wrong, which has
                been said.
            source: Takes what is wrong.
        """
        said = {key: source.text(value) for key, value in entry.entries.items()}
        told = {key for key, text in said.items() if text is None}
        if day is None and not {"date"} & {*said, *given}:
            told.add("date")
        fields = {"date": day or "", **given, **{key: text or "" for key, text in said.items()}}
        return cls(line=line, fields=fields, told=frozenset(told))


def order_rows(
    node: Node | None, day: str | None, before: int, defaults: Mapping[str, str], plan: Plan, source: Source
) -> list[Sale]:
    """The orders of a list.

    Args:
        node: The value of `orders`; a mapping is none of ours.
        day: As of `Sale.read`.
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
        given = {"id": f"o{before + len(sales) + 1}", **defaults}
        sales.append(Sale.read(entry, item.line, given, day, source))
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
    findings = Findings()
    found = orders_of(table, plan, ids if not strangers else None, findings)
    source.once(findings, {(row.line, key) for row in rows for key in row.told})
    return None if strangers else found, lines


def _from_csv(node: Keyed, people: IdIndex | None, plan: Plan, source: Source) -> Orders | None:
    text = source.text(node.entries.get("csv"))
    source.keyed(node, ["csv"])
    if text is None:
        source.wrong(node, "names no file", "write csv: orders.csv; orders themselves are a list")
        return None
    table = orders_table(source.path.parent / text, plan, source.findings)
    return None if table is None else orders_of(table, plan, people, source.findings)
