"""Events as a run reads them: whatever hosts wrote, memory and PostgreSQL hand over the same bytes or findings."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import count
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlmcore.compensation.inputs import RunInputs
from mlmcore.compensation.loader import loads_plan
from mlmcore.domain.errors import InputError
from mlmcore.domain.ids import key_of
from mlmcore.domain.people import PersonEvent
from mlmcore.operations import Enrolment, enrol, open_period
from mlmcore.operations._digests import input_digest
from mlmcore.repositories.memory import MemoryStore
from mlmcore.repositories.protocols import UnitOfWorkFactory
from sql.month._stage import PLAN_OF_EVENTS, a_store

PLAN = (
    PLAN_OF_EVENTS
    + """
[inputs.events.NAME]
guests = "number"
score = "points"
fair = "boolean"
place = "text"
on = "date"

[measures]
shown = "sum(events.NAME, guests)"
"""
)

SOUND = {
    "guests": st.sampled_from(["5", "7", 5, None]) | st.integers(-(10**15), 10**15) | st.integers(0, 99).map(str),
    "score": st.decimals("-1000000", "1000000", places=2).map(lambda number: f"{number:f}") | st.none(),
    "fair": st.booleans(),
    "place": st.none() | st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=5),
    "on": st.none() | st.dates(date(1, 1, 1), date(9999, 12, 31)).map(str),
}
ODD = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from(["", "12,5", "1.5", "1" * 30, "soon", "x"])
    | st.just([1])
)

EVENTS = st.fixed_dictionaries(SOUND)
ODD_EVENTS = st.fixed_dictionaries({}, optional={key: sound | ODD for key, sound in SOUND.items()})


def people_in(store: UnitOfWorkFactory) -> None:
    """Ann and Bob, and Eve who joined too late."""
    with store() as unit:
        for name, joined in (("ann", 1), ("bob", 1), ("eve", 4)):
            key = key_of(name)
            enrol(
                unit,
                Enrolment(
                    user_id=key,
                    email=f"{name}@example.com",
                    distributor_number=name,
                    join_date=date(2025, joined, 5),
                    sponsor_id=None,
                ),
            )
        open_period(unit, "2025-03", timezone="America/New_York")


def happened(name: str, datas: list[dict[str, Any]], person: Callable[[Random], str]) -> list[PersonEvent]:
    """Events around the month's ends and within."""
    random = Random(name)
    first = datetime(2025, 3, 1, 5, tzinfo=UTC)
    return [
        PersonEvent(
            id=key_of(f"{name} {at}"),
            distributor_id=key_of(person(random)),
            name=name,
            occurred_at=first + timedelta(hours=random.choice([-1, 0, 0, 5, 300, 743, 744])),
            data=data,
        )
        for at, data in enumerate(datas)
    ]


def read(store: UnitOfWorkFactory, name: str) -> list[str]:
    """The digest of what a run reads and its events in their order, or everything that is wrong with them."""
    with store() as unit:
        try:
            inputs: RunInputs = unit.snapshots.read("2025-03", loads_plan(PLAN.replace("NAME", name))).inputs
        except InputError as error:
            return sorted(str(finding) for finding in error.findings)
    return [input_digest(inputs), inputs.events[name].ids.keys.tobytes().hex()]


class TestEventsAsColumns:
    """Over both stores, each with the same people."""

    names = count()

    @pytest.fixture
    def both(self, database: str) -> Iterator[tuple[MemoryStore, UnitOfWorkFactory]]:
        """A store of each kind."""
        in_memory = MemoryStore(clock=lambda: datetime(2025, 5, 2, 9, tzinfo=UTC))
        with a_store(database) as in_postgres:
            people_in(in_memory)
            people_in(in_postgres)
            yield in_memory, in_postgres

    def test_both_stores_hand_over_the_same(self, both: tuple[MemoryStore, UnitOfWorkFactory]) -> None:
        """Sound ones of which there are some thousand, and a few that are not."""

        @settings(max_examples=25)
        @given(datas=st.lists(EVENTS, max_size=8) | st.lists(ODD_EVENTS, max_size=4), late=st.booleans())
        def they_agree(datas: list[dict[str, Any]], late: bool) -> None:
            name = f"demos{next(self.names)}"
            people = ("ann", "bob", "eve") if late else ("ann", "bob")
            events = happened(name, datas, lambda random: random.choice(people))
            for store in both:
                with store() as unit:
                    unit.events.add_many(events)

            assert read(both[0], name) == read(both[1], name)

        they_agree()

    def test_a_number_that_leaves_int64_is_found(self, both: tuple[MemoryStore, UnitOfWorkFactory]) -> None:
        """It would be no number of a column."""
        data = {"guests": "1" * 30, "score": "1", "fair": True, "place": None, "on": None}
        event = PersonEvent(
            distributor_id=key_of("ann"), name="crowds", occurred_at=datetime(2025, 3, 9, tzinfo=UTC), data=data
        )
        for store in both:
            with store() as unit:
                unit.events.add(event)

        ones = "1" * 30
        expected = (
            f"person_events {event.id} data.guests: '{ones}' is no number as the plan declares it ({ones} leaves the "
            'range of int64 at 2 decimal places); write "12.50", a decimal as text'
        )
        assert read(both[0], "crowds") == read(both[1], "crowds") == [expected]
