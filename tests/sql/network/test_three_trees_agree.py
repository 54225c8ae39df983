"""One random history of joins and moves in three places: an edited genealogy, the live layer and the database."""

from contextlib import ExitStack
from datetime import date
from typing import Any

import numpy as np
import psycopg
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from mlmcore.domain.enums import GenealogyTree
from mlmcore.domain.errors import ConflictError, InputError, RefusedError
from mlmcore.domain.ids import key_of
from mlmcore.domain.people import Distributor, User
from mlmcore.genealogy import Genealogy, IdIndex, edits
from mlmcore.genealogy.live import LiveGenealogy
from mlmcore.sql.session import PsycopgSession
from mlmcore.sql.unit_of_work import SqlUnitOfWork

PLACEMENT = GenealogyTree.PLACEMENT
REFUSED = (RefusedError, ConflictError, InputError)
SOMEBODY, LEGS = st.integers(0, 1_000_000), st.integers(1, 3)


class ThreeTrees(RuleBasedStateMachine):
    """Everybody is known by number in all three; what one refuses, all refuse, and nothing is changed."""

    connection: psycopg.Connection[Any]

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.stack.enter_context(self.connection.transaction(force_rollback=True))
        self.unit = self.stack.enter_context(SqlUnitOfWork(PsycopgSession(self.connection)))
        self.unit.trees.keep_paths(PLACEMENT, True)
        self.edited: Genealogy = edits.add_leaves_from_labels(_nobody(), [str(key_of("0"))], [""]).genealogy
        self.live = LiveGenealogy(self.edited)
        self.people = [key_of("0")]
        self._store(0, None, None)

    def teardown(self) -> None:
        """Undo everything in the database."""
        self.stack.close()

    @rule(under=SOMEBODY, leg=LEGS)
    def join(self, under: int, leg: int) -> None:
        """Somebody new, in a leg that may be taken."""
        number, above = len(self.people), self.people[under % len(self.people)]
        try:
            self.edited = edits.add_leaves_from_labels(
                self.edited, [str(key_of(str(number)))], [str(above)], [leg]
            ).genealogy
        except InputError:
            with pytest.raises(InputError):
                self.live.join(key_of(str(number)), above, leg)
            with pytest.raises(REFUSED):
                self._store(number, above, leg)
            return
        self.live.join(key_of(str(number)), above, leg)
        self._store(number, above, leg)
        self.people.append(key_of(str(number)))

    @rule(who=SOMEBODY, under=SOMEBODY, leg=LEGS)
    def move(self, who: int, under: int, leg: int) -> None:
        """Somebody goes elsewhere: perhaps below themselves, perhaps into a leg that is taken, perhaps nowhere."""
        person, above = self.people[who % len(self.people)], self.people[under % len(self.people)]
        node, upline = (int(self.edited.ids.positions([str(key)])[0]) for key in (person, above))
        try:
            self.edited = edits.move(self.edited, node, upline, leg).genealogy
        except InputError:
            with pytest.raises(InputError):
                self.live.move(person, above, leg)
            with pytest.raises(REFUSED):
                self.unit.distributors.move(person, PLACEMENT, above, leg)
            return
        self.live.move(person, above, leg)
        self.unit.distributors.move(person, PLACEMENT, above, leg)

    @rule(who=SOMEBODY)
    def become_a_root(self, who: int) -> None:
        """Somebody leaves the tree with the whole group."""
        person = self.people[who % len(self.people)]
        self.edited = edits.move(self.edited, int(self.edited.ids.positions([str(person)])[0]), -1).genealogy
        self.live.move(person, None)
        self.unit.distributors.move(person, PLACEMENT, None)

    @invariant()
    def all_three_are_one(self) -> None:
        """The same arrays in the same order."""
        stored, live = self.unit.trees.read(PLACEMENT), self.live.freeze().genealogy
        for tree in (stored, live):
            assert np.array_equal(tree.ids.keys, self.edited.ids.keys)
            for name in ("parent", "depth", "subtree_size", "leg"):
                assert np.array_equal(getattr(tree, name), getattr(self.edited, name))
        self.unit.trees.check_paths(PLACEMENT)

    def _store(self, number: int, above: Any, leg: int | None) -> None:
        key = key_of(str(number))
        if self.unit.users.find(key) is None:
            self.unit.users.add(User(id=key, email=f"{number}@example.com"))
        self.unit.distributors.add(
            Distributor(
                user_id=key,
                distributor_number=str(number),
                placement_id=above,
                placement_leg=leg,
                join_date=date(2026, 1, 1),
            )
        )


def _nobody() -> Genealogy:
    none = np.zeros(0, dtype=np.int32)
    return Genealogy(ids=IdIndex.from_uuids([]), parent=none, depth=none, subtree_size=none, leg=none)


class TestThreeTrees:
    def test_agree_after_any_joins_and_moves(self, connection: psycopg.Connection[Any]) -> None:
        """And so do the refusals and the paths that are kept."""
        connection.execute("SELECT 1")
        machine = type("Machine", (ThreeTrees,), {"connection": connection})
        run_state_machine_as_test(machine, settings=settings(max_examples=12, stateful_step_count=20, deadline=None))
