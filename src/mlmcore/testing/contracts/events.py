"""What a repository of people's events promises."""
# ruff: noqa: S101 - a contract is a test that ships with the library

from datetime import UTC, datetime, timedelta

from attrs import evolve

from mlmcore.domain.errors import BrokenReferenceError, ConflictError, InputError, NotFoundError
from mlmcore.domain.ids import new_id
from mlmcore.repositories.protocols import UnitOfWorkFactory
from mlmcore.testing.contracts._support import an_event, make_distributor, raises

__all__ = ["PersonEventsContract"]

_NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
_TICK = timedelta(microseconds=1)


class PersonEventsContract:
    """Subclass it with the fixture `unit_of_work`."""

    def test_what_goes_in_comes_out(self, unit_of_work: UnitOfWorkFactory) -> None:
        """A1, A4, A13."""
        with unit_of_work() as unit:
            event = an_event(make_distributor(unit), data={"points": "12.50", "hosted": True, "note": None})
            stored = unit.events.add(event)
            assert stored == evolve(event, created_at=unit.now)
            assert unit.events.get(event.id) == unit.events.find(event.id) == stored
            assert unit.events.find(new_id()) is None
            with raises(NotFoundError):
                unit.events.get(new_id())
            with raises(InputError):
                unit.events.find("e1")  # type: ignore[arg-type]  # what A13 is about

    def test_an_id_is_given_once(self, unit_of_work: UnitOfWorkFactory) -> None:
        """V1: also among many, of which then none is stored."""
        with unit_of_work() as unit:
            person = make_distributor(unit)
            first, other = unit.events.add(an_event(person)), an_event(person)
            with raises(ConflictError):
                unit.events.add(evolve(other, id=first.id))
            with raises(ConflictError):
                unit.events.add_many([other, evolve(other, id=first.id)])
            assert unit.events.list_by_distributor(person.user_id) == (first,)

    def test_it_happened_to_somebody_who_is_stored(self, unit_of_work: UnitOfWorkFactory) -> None:
        """V1, A3."""
        with raises(BrokenReferenceError), unit_of_work() as unit:
            unit.events.add(evolve(an_event(make_distributor(unit)), distributor_id=new_id()))

    def test_nothing_changes_an_event(self, unit_of_work: UnitOfWorkFactory) -> None:
        """V2."""
        with unit_of_work() as unit:
            assert not {"update", "remove", "delete"} & set(dir(unit.events))

    def test_events_of_a_person_come_by_instant(self, unit_of_work: UnitOfWorkFactory) -> None:
        """`list_by_distributor`: then by id."""
        with unit_of_work() as unit:
            person, other = make_distributor(unit), make_distributor(unit)
            late, *early = (an_event(person, occurred_at=_NOON - _TICK * back) for back in (0, 1, 1))
            unit.events.add_many([late, *early, an_event(other)])
            found = [event.id for event in unit.events.list_by_distributor(person.user_id)]
            assert found == [*sorted(event.id for event in early), late.id]

    def test_a_span_holds_its_first_instant_only(self, unit_of_work: UnitOfWorkFactory) -> None:
        """V3, `list_by_name`: microsecond by microsecond."""
        with unit_of_work() as unit:
            person = make_distributor(unit)
            instants = (_NOON - _TICK, _NOON, _NOON + _TICK * 9, _NOON + _TICK * 10)
            events = [an_event(person, occurred_at=instant) for instant in instants]
            unit.events.add_many([*events, an_event(person, name="signups", occurred_at=_NOON)])
            found = unit.events.list_by_name("demos", _NOON, _NOON + _TICK * 10)
            assert [event.id for event in found] == [event.id for event in events[1:3]]

    def test_pages_go_through_everything(self, unit_of_work: UnitOfWorkFactory) -> None:
        """A7, A8."""
        with unit_of_work() as unit:
            unit.events.add_many([an_event(make_distributor(unit)) for _ in range(3)])
            first = unit.events.page(None, 2)
            rest = unit.events.page(first[-1].id, 2)
            ids = [event.id for event in (*first, *rest)]
            assert (len(first), len(rest)) == (2, 1)
            assert ids == sorted(ids)

    def test_what_is_known_of_a_person_is_personal(self, unit_of_work: UnitOfWorkFactory) -> None:
        """A9: `data` appears as a hash."""
        with unit_of_work() as unit:
            event = unit.events.add(an_event(make_distributor(unit), data={"guest": "Zoe"}))
            (row,) = unit.audit.list_by_entity("person_events", event.id)
            assert row.after_data is not None
            assert list(row.after_data["data"]) == ["sha256"]
