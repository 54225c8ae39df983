"""What a repository of territories promises."""
# ruff: noqa: S101 - a contract is a test that ships with the library

from typing import Any

from attrs import evolve

from mlmcore.domain.errors import BrokenReferenceError, ConflictError, InputError, NotFoundError, RefusedError
from mlmcore.domain.ids import new_id
from mlmcore.domain.people import Territory
from mlmcore.repositories.protocols import UnitOfWork, UnitOfWorkFactory
from mlmcore.testing.contracts._support import fresh, raises

__all__ = ["TerritoriesContract"]


def a_territory(**changes: Any) -> Territory:
    """Return a territory."""
    code = fresh("T")
    return Territory(**{"code": code, "name": f"Region {code}", **changes})


def a_country(unit: UnitOfWork) -> list[Territory]:
    """Store a country with a north, which has a coast, and a south; return the four in that order."""
    prefix = fresh("T")
    country = unit.territories.add(a_territory(code=f"{prefix}-A"))
    north = unit.territories.add(a_territory(code=f"{prefix}-D", parent_id=country.id))
    coast = unit.territories.add(a_territory(code=f"{prefix}-B", parent_id=north.id))
    south = unit.territories.add(a_territory(code=f"{prefix}-C", parent_id=country.id))
    return [country, north, coast, south]


class TerritoriesContract:
    """Subclass it with the fixture `unit_of_work`."""

    def test_what_goes_in_comes_out(self, unit_of_work: UnitOfWorkFactory) -> None:
        """A1, A4, A13."""
        with unit_of_work() as unit:
            territory = a_territory()
            stored = unit.territories.add(territory)
            assert stored == evolve(territory, created_at=unit.now, updated_at=unit.now)
            assert unit.territories.get(territory.id) == stored
            assert unit.territories.find_by_code(territory.code) == stored
            assert unit.territories.find(new_id()) is None
            assert unit.territories.find_by_code("nowhere") is None
            with raises(NotFoundError):
                unit.territories.get(new_id())
            with raises(InputError):
                unit.territories.find("a text")  # type: ignore[arg-type]  # that is the point

    def test_a_code_belongs_to_one(self, unit_of_work: UnitOfWorkFactory) -> None:
        """F1, A2."""
        with unit_of_work() as unit:
            first, second = unit.territories.add(a_territory()), unit.territories.add(a_territory())
            with raises(ConflictError):
                unit.territories.add(a_territory(code=first.code))
            with raises(ConflictError):
                unit.territories.add(evolve(first, code=fresh("T")))
            with raises(ConflictError):
                unit.territories.update(evolve(second, code=first.code))

    def test_the_parent_is_stored(self, unit_of_work: UnitOfWorkFactory) -> None:
        """F2, A3."""
        with raises(BrokenReferenceError), unit_of_work() as unit:
            unit.territories.add(a_territory(parent_id=new_id()))

    def test_nothing_lies_below_itself(self, unit_of_work: UnitOfWorkFactory) -> None:
        """F3, A12: the loop is shown, and nothing is changed."""
        with unit_of_work() as unit:
            country, north, coast, _ = a_country(unit)
            with raises(RefusedError) as refused:
                unit.territories.update(evolve(country, parent_id=coast.id))
            assert refused.text == (
                f"the territory tree would have a loop: {country.code} -> {coast.code} -> {north.code} -> "
                f"{country.code}; Nothing can lie below itself; give one of the loop another parent, or none"
            )
            assert unit.territories.get(country.id).parent_id is None

    def test_a_territory_is_put_into_another(self, unit_of_work: UnitOfWorkFactory) -> None:
        """F3: with everything below it, and A9: one audit row says so."""
        with unit_of_work() as unit:
            country, north, coast, south = a_country(unit)
            unit.territories.update(evolve(north, parent_id=south.id))
            assert [each.id for each in unit.territories.list_above(coast.id)] == [north.id, south.id, country.id]
            rows = unit.audit.list_by_entity("territories", north.id)
            assert [row.action for row in rows] == ["insert", "update"]
            assert rows[1].after_data == {"parent_id": str(south.id)}

    def test_what_lies_within_is_listed(self, unit_of_work: UnitOfWorkFactory) -> None:
        """F4: by how far below, then code; upwards the nearest first."""
        with unit_of_work() as unit:
            country, north, coast, south = a_country(unit)
            assert unit.territories.list_within(country.id) == (country, south, north, coast)
            assert unit.territories.list_within(coast.id) == (coast,)
            assert unit.territories.list_by_parent(country.id) == (south, north)
            assert country in unit.territories.list_by_parent(None)
            assert unit.territories.list_above(coast.id) == (north, country)
            assert unit.territories.list_above(country.id) == ()
            for verb in (unit.territories.list_within, unit.territories.list_above):
                with raises(NotFoundError):
                    verb(new_id())

    def test_pages_go_through_all_of_them_once(self, unit_of_work: UnitOfWorkFactory) -> None:
        """A7."""
        with unit_of_work() as unit:
            made = {each.id for each in a_country(unit)}
            seen: list[Territory] = []
            while page := unit.territories.page(seen[-1].id if seen else None, 3):
                seen.extend(page)
            keys = [each.id for each in seen]
            assert keys == sorted(set(keys))
            assert made <= set(keys)
            with raises(RefusedError):
                unit.territories.page(None, 0)

    def test_an_update_that_changes_nothing_stores_nothing(self, unit_of_work: UnitOfWorkFactory) -> None:
        """A5."""
        with unit_of_work() as unit:
            stored = unit.territories.add(a_territory())
        with unit_of_work() as unit:
            assert unit.territories.update(stored) == stored
            with raises(NotFoundError):
                unit.territories.update(a_territory())
