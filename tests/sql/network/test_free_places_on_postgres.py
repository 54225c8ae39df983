"""A free place out of PostgreSQL is the place that the structure of `mlmcore.genealogy.spillover` gives."""

from itertools import count
from uuid import UUID

import psycopg
from hypothesis import given, settings
from hypothesis import strategies as st

from mlmcore.domain.enums import GenealogyTree
from mlmcore.domain.exact import from_units
from mlmcore.domain.ids import key_of
from mlmcore.genealogy.spillover import SpilloverRule, Structure
from mlmcore.repositories.placing import LegVolume, PlacementRule, Spillover
from mlmcore.repositories.protocols import UnitOfWork
from mlmcore.sql.session import PsycopgSession
from mlmcore.sql.unit_of_work import SqlStore
from mlmcore.testing.contracts._support import a_distributor, a_user

VOLUMES = st.sampled_from([0, 0, 1, 5, 500, -3])
STEPS = st.lists(st.tuples(st.sampled_from(PlacementRule), st.integers(0, 20), VOLUMES), min_size=4, max_size=12)
NAMES = count()


def add(unit: UnitOfWork, key: UUID, hundredths: int, parent: UUID | None = None, leg: int | None = None) -> None:
    """Somebody new, who brings something."""
    unit.users.add(a_user(id=key))
    volume = from_units(hundredths, 2)
    unit.distributors.add(a_distributor(key, placement_id=parent, placement_leg=leg, personal_pv=volume))


class TestFreePlaces:
    """`free_place` on PostgreSQL."""

    def test_they_are_where_the_structure_seats_somebody(self, database: str) -> None:
        """Person after person, by every rule below anybody, with kept paths and without; memory has a test like it."""

        @settings(max_examples=8)
        @given(STEPS, st.integers(1, 3), st.none() | st.integers(1, 4), st.booleans())
        def they_agree(steps: list[tuple[PlacementRule, int, int]], width: int, levels: int | None, keep: bool) -> None:
            twin, people = Structure(width=width, depth_max=levels), [key_of(f"top {next(NAMES)}")]
            twin.place(str(people[0]), None, SpilloverRule.LEFT, volume=7)
            with store() as unit:
                unit.trees.keep_paths(GenealogyTree.PLACEMENT, keep)
                add(unit, people[0], 7)
                for number, (chosen, under, hundredths) in enumerate(steps):
                    top = people[under % len(people)]
                    places = {rule: self.place(unit, top, rule, width, levels) for rule in PlacementRule}
                    assert places == {rule: self.seat(twin, top, rule) for rule in PlacementRule}
                    if place := places[chosen]:
                        person = key_of(f"{people[0]} {number}")
                        add(unit, person, hundredths, *place)
                        twin.place(str(person), str(top), chosen.value, volume=hundredths)
                        people.append(person)

        with psycopg.connect(database) as connection:
            store = SqlStore(PsycopgSession(connection, owns_connection=True))
            they_agree()

    def place(
        self, unit: UnitOfWork, top: UUID, rule: PlacementRule, width: int, levels: int | None
    ) -> tuple[UUID, int] | None:
        """What the store says."""
        volume = LegVolume.LAST_PERIOD if rule == PlacementRule.WEAKER_LEG else None
        wanted = Spillover(under_id=top, rule=rule, width=width, levels=levels, volume=volume)
        found = unit.distributors.free_place(wanted)
        return None if found is None else (found.parent_id, found.leg)

    def seat(self, twin: Structure, top: UUID, rule: PlacementRule) -> tuple[UUID, int] | None:
        """What the structure says."""
        found = twin.free_place(str(top), rule.value)
        return None if found is None else (UUID(twin.label(found.parent)), found.leg)
