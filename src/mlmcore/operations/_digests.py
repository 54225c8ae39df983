"""Digests of what a run read and of the run itself, the same whatever the order of the rows and whatever the store.

Rows are hashed in the order of their keys, and a row is named by its key, never by its index. Text is hashed as text,
so that two stores may number their texts differently.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlmcore.compensation.columns import Column
from mlmcore.compensation.inputs import Edges, Events, Given, Moves, Orders, People, RunInputs, State

__all__ = ["chained", "input_digest", "run_digest"]

Keys = NDArray[np.uint64]


class _Hash:
    """A sha256 over named parts, each with its length, so that no two inputs run together."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()

    def part(self, name: str, content: bytes) -> None:
        """Take one part in."""
        self._hash.update(f"{name}:{len(content)}:".encode())
        self._hash.update(content)

    def array(self, name: str, values: NDArray[Any]) -> None:
        """Take an array in, as little-endian bytes."""
        self.part(name, np.ascontiguousarray(values, dtype=values.dtype.newbyteorder("<")).tobytes())

    def column(self, name: str, column: Column, rows: NDArray[np.intp]) -> None:
        """Take some rows of a column in, in their order."""
        taken = column.take(rows)
        self.part(name, json.dumps([taken.kind, taken.unit, taken.places]).encode())
        if taken.categories:
            self.part(name, "\0".join(_texts(taken)).encode())
            return
        absent = np.zeros(len(taken), dtype=np.bool_) if taken.absent is None else taken.absent
        self.array(name, np.where(absent, np.zeros_like(taken.values), taken.values))
        self.array(f"{name} absent", absent)

    def hex(self) -> str:
        """Return the digest, 64 hex digits."""
        return self._hash.hexdigest()


def input_digest(inputs: RunInputs) -> str:
    """Return the sha256 of everything that a run reads besides its plan, in hex."""
    digest = _Hash()
    period = inputs.period
    digest.part("period", json.dumps([period.id, str(period.start), str(period.end), period.timezone]).encode())
    _hash_people(digest, inputs.people)
    for name in sorted(inputs.trees):
        _hash_edges(digest, name, inputs.people, inputs.trees[name])
    for name in sorted(inputs.moves):
        _hash_moves(digest, name, inputs.people, inputs.moves[name])
    _hash_orders(digest, inputs.orders, inputs.people)
    for name in sorted(inputs.events):
        _hash_events(digest, name, inputs.events[name], inputs.people)
    company = {name: _figure(value) for name, value in inputs.company.items()}
    digest.part("company", json.dumps(company, sort_keys=True).encode())
    _hash_state(digest, inputs.previous)
    for name in sorted(inputs.given):
        _hash_given(digest, name, inputs.given[name], inputs.people)
    return digest.hex()


def run_digest(**parts: str) -> str:
    """Return the sha256 of a run's own parts: period, plan, inputs, result."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def chained(before: str | None, digest: str) -> str:
    """Return the hash that ties a run to the one before it."""
    return hashlib.sha256(f"{before or ''}:{digest}".encode()).hexdigest()


def _figure(value: Decimal | int | bool | str | date) -> str:
    """Return a company figure as text; a number whatever its trailing zeros, since a database may add some."""
    return str(Fraction(value)) if isinstance(value, Decimal | int) else str(value)


def _by_key(keys: Keys) -> NDArray[np.intp]:
    return np.lexsort((keys[:, 1], keys[:, 0]))


def _named(indices: NDArray[np.int32], keys: Keys) -> Keys:
    """Return the key behind each index, zeros for none."""
    with_none = np.vstack([keys, np.zeros((1, 2), dtype=np.uint64)])
    return with_none[indices]


def _texts(column: Column) -> list[str]:
    names = np.array([*column.categories, "\x01none"], dtype=object)
    return [str(name) for name in names[column.values]]


def _columns(digest: _Hash, columns: Mapping[str, Column], rows: NDArray[np.intp]) -> None:
    for name in sorted(columns):
        digest.column(name, columns[name], rows)


def _hash_people(digest: _Hash, people: People) -> None:
    rows = _by_key(people.ids.keys)
    digest.array("people", people.ids.keys[rows])
    digest.column("status", people.status, rows)
    digest.array("joined", people.joined[rows])
    _columns(digest, people.attributes, rows)


def _hash_edges(digest: _Hash, name: str, people: People, edges: Edges) -> None:
    rows = _by_key(people.ids.keys)
    digest.array(f"tree {name}", _named(edges.parent[rows], people.ids.keys))
    digest.array(f"legs {name}", edges.leg[rows])


def _hash_moves(digest: _Hash, name: str, people: People, moves: Moves) -> None:
    keys = people.ids.keys[moves.person]
    rows = np.lexsort((moves.leg, moves.since, keys[:, 1], keys[:, 0]))
    digest.array(f"moves {name}", keys[rows])
    digest.array(f"moves {name} since", moves.since[rows])
    digest.array(f"moves {name} parent", _named(moves.parent[rows], people.ids.keys))
    digest.array(f"moves {name} leg", moves.leg[rows])


def _hash_orders(digest: _Hash, orders: Orders, people: People) -> None:
    rows = _by_key(orders.ids.keys)
    digest.array("orders", orders.ids.keys[rows])
    digest.array("date", orders.date[rows])
    digest.array("seller", _named(orders.seller[rows], people.ids.keys))
    digest.array("buyer", _named(orders.buyer[rows], people.ids.keys))
    digest.array("refund_of", _named(orders.refund_of[rows], orders.ids.keys))
    names = np.array([*orders.customers, ""], dtype=object)
    digest.part("customer", "\0".join(str(name) for name in names[orders.customer[rows]]).encode())
    _columns(digest, orders.volumes, rows)


def _hash_events(digest: _Hash, name: str, events: Events, people: People) -> None:
    rows = _by_key(events.ids.keys)
    digest.array(f"events {name}", events.ids.keys[rows])
    digest.array("date", events.date[rows])
    digest.array("person", _named(events.person[rows], people.ids.keys))
    _columns(digest, events.columns, rows)


def _hash_state(digest: _Hash, state: State) -> None:
    rows = _by_key(state.ids.keys)
    digest.array("state", state.ids.keys[rows])
    _columns(digest, state.carried, rows)
    digest.column("best rank", state.best_rank, rows)
    for name, kept in sorted(state.rows.items()):
        digest.part(f"rows {name}", str(len(kept)).encode())
        for column_name, column in sorted(kept.columns.items()):
            digest.column(f"rows {name} {column_name}", column, np.arange(len(kept)))


def _hash_given(digest: _Hash, name: str, given: Given, people: People) -> None:
    keys = people.ids.keys[given.rows]
    rows = _by_key(keys)
    digest.array(f"given {name}", keys[rows])
    digest.column(f"given {name}", given.values, rows)
