"""What every history shares: who acts, what is known, commands repeated, questions, and the comparison at the end.

A history is a machine of Hypothesis whose rules are things that happen to a company. Each is done in both stores and
must come out alike: the result or the refusal, in the same words. In the end everything that is stored is read and
compared, audit rows too.

`MLMCORE_TEST_EXAMPLES=200 pytest tests/sql/side_by_side` runs the histories long; without it each has few examples.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from enum import Enum
from random import Random
from typing import Any, Final
from uuid import UUID

import attrs
from attrs import evolve
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from mlmcore.domain.entities import ENTITIES
from mlmcore.domain.money import Money
from mlmcore.repositories.protocols import Actor
from mlmcore.repositories.secrets import Cipher
from sql.side_by_side._contents import CONTENTS
from sql.side_by_side._pair import Pair, Step, paired
from sql.side_by_side._questions import QUESTIONS, Pool, ask

__all__ = ["NOBODY", "NewDatabase", "StoreHistory", "run_side_by_side", "usd"]

NewDatabase = Callable[[], AbstractContextManager[str]]
"""Makes a database with the schema, for the length of a block."""

NOBODY: Final = UUID(int=0)
"""Whom no store knows."""

_BROKEN: Final = ("nonsense", None, 7, "\0")
_ASKED_AT_ONCE: Final = 6
_TEXT_MAX: Final = 60


def usd(amount: str) -> Money:
    """Dollars."""
    return Money.of(amount, "USD")


class StoreHistory(RuleBasedStateMachine):
    """A company in two stores, to which anything may happen; entities once read are written back much later."""

    texts: tuple[str, ...] = ()
    """What is asked for besides the numbers and names of what was stored."""

    def __init__(self, pair: Pair) -> None:
        super().__init__()
        self.pair = pair
        self.actor = Actor(request_id="r-1", ip_address="192.0.2.1")
        self.seen: dict[str, list[Any]] = {}
        self.steps: list[tuple[str, Step]] = []
        self._commands = 0

    def keys(self, kind: str) -> list[UUID]:
        """The keys of what was stored of a kind, the oldest first."""
        return [*dict.fromkeys(_key(entity) for entity in self.seen.get(kind, ()))]

    def some(self, data: st.DataObject, kind: str) -> UUID:
        """Something that was stored, rather of late; or seldom nothing that is."""
        known = self.keys(kind)[-6:]
        return data.draw(st.sampled_from([*known, *known, *known, *known, NOBODY]), label=kind)

    def any_id(self, data: st.DataObject, kind: str) -> Any:
        """The same, or seldom what is no id at all."""
        return data.draw(st.sampled_from([*[self.some(data, kind)] * 60, *_BROKEN]), label=f"{kind}, perhaps broken")

    def one_of(self, data: st.DataObject, kind: str, *others: Any) -> Any:
        """Something that was stored, one of some other answers, or seldom nothing that is."""
        known = self.keys(kind)[-6:]
        return data.draw(st.sampled_from([*known, *known, *others, *others, NOBODY]), label=kind)

    def number(self, data: st.DataObject, prefix: str) -> str:
        """A number that is new, or seldom one that may be taken."""
        new = f"{prefix}{len(self.steps) + 10}"
        return data.draw(st.sampled_from([*[new] * 5, f"{prefix}1", f"{prefix}2"]), label="number")

    def seldom(self, data: st.DataObject, what: str) -> bool:
        """Whether something happens that seldom does."""
        return data.draw(st.integers(0, 5), label=f"{what} (0: yes)") == 0

    def one(self, data: st.DataObject, kind: str) -> Any:
        """Something as it was once read, or None where nothing was."""
        return data.draw(st.sampled_from(self.seen.get(kind) or [None]), label=f"{kind} as once read")

    def new_id(self) -> UUID:
        """An id for a command; the same in every repetition of a history."""
        self._commands += 1
        return UUID(int=(0x7 << 76) | (0x2 << 62) | self._commands)

    def did(self, kind: str, step: Step) -> Any:
        """Do something in both stores, and remember what came of it."""
        outcome = self.pair.do(step, self.actor)
        if attrs.has(type(outcome)):
            self.seen.setdefault(kind, []).append(outcome)
        self.steps.append((kind, step))
        return outcome

    def changed(
        self,
        data: st.DataObject,
        kind: str,
        update: Callable[[Any, Any], Any],
        **changes: st.SearchStrategy[Any],
    ) -> None:
        """Write back an entity as it was once read, with some changes; what no entity can hold is not even made."""
        entity = self.one(data, kind)
        given = data.draw(st.fixed_dictionaries({}, optional=changes), label="changes")
        if entity is not None:
            self.did(kind, lambda unit: update(unit, evolve(entity, **given)))

    @rule(data=st.data())
    def a_command_is_repeated(self, data: st.DataObject) -> None:
        """Whatever was done or refused, with the same ids, now that everything else has gone on."""
        if self.steps:
            kind, step = data.draw(st.sampled_from(self.steps[-12:]), label="once more")
            self.did(kind, step)

    @rule(data=st.data(), request=st.sampled_from([None, "r-2", "r-3"]))
    def somebody_else_acts(self, data: st.DataObject, request: str | None) -> None:
        """From now on; perhaps the system itself."""
        user = data.draw(st.sampled_from([None, *self.keys("distributors")]), label="actor")
        self.actor = Actor(user_id=user, request_id=request, session_id=request, user_agent="a browser")

    @rule(seed=st.integers(0, 2**32))
    def something_is_asked(self, seed: int) -> None:
        """Questions of all kinds, about what there is and what there is not."""
        random = Random(seed)
        pool = Pool(ids=[*self._known_ids()], texts=[*self._known_texts()], random=random)
        for question in random.sample(QUESTIONS, _ASKED_AT_ONCE):
            step = ask(question, pool)
            if step is not None:
                self.pair.do(step, self.actor)

    def teardown(self) -> None:
        """What is stored in the end is the same, and so are the audit rows of all that happened."""
        for step in CONTENTS.values():
            self.pair.do(step)

    def _known_ids(self) -> Iterator[UUID]:
        for entities in self.seen.values():
            yield from dict.fromkeys(
                value
                for entity in entities
                for value in (getattr(entity, item.name) for item in attrs.fields(type(entity)))
                if isinstance(value, UUID)
            )

    def _known_texts(self) -> Iterator[str]:
        yield from ENTITIES
        yield from self.texts
        for entities in self.seen.values():
            yield from dict.fromkeys(
                value
                for entity in entities
                for value in (getattr(entity, item.name) for item in attrs.fields(type(entity)))
                if isinstance(value, str) and not isinstance(value, Enum) and len(value) < _TEXT_MAX
            )


def run_side_by_side(
    history: type[StoreHistory], new_database: NewDatabase, cipher: Cipher, *, examples: int, steps: int
) -> None:
    """Run a history in fresh stores each time.

    Args:
        history: Which.
        new_database: Makes the databases.
        cipher: Of both stores.
        examples: How many, where `MLMCORE_TEST_EXAMPLES` does not say it.
        steps: How much happens in each.
    """
    with ExitStack() as databases:

        class InFreshStores(history):  # type: ignore[misc,valid-type]  # the class is an argument
            def __init__(self) -> None:
                databases.close()  # those of the example before
                super().__init__(databases.enter_context(paired(databases.enter_context(new_database()), cipher)))

        run_state_machine_as_test(
            InFreshStores,
            # A history is told as it was: shortening one takes hundreds of databases, and says little more.
            settings=settings(
                max_examples=int(os.environ.get("MLMCORE_TEST_EXAMPLES", examples)),
                stateful_step_count=steps,
                phases=[Phase.generate],
                report_multiple_bugs=False,
            ),
        )


def _key(entity: Any) -> Any:
    names = attrs.fields_dict(type(entity))
    return entity.id if "id" in names else entity.user_id if "user_id" in names else None
