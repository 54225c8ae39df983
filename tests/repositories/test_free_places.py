"""A free place out of a store is the place that the structure of `mlmcore.genealogy.spillover` gives."""

from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from mlmcore.domain.exact import from_units
from mlmcore.domain.ids import key_of
from mlmcore.genealogy.spillover import SpilloverRule, Structure
from mlmcore.repositories.placing import LegVolume, PlacementRule, Spillover
from mlmcore.testing.contracts._support import a_distributor, a_user
from repositories.memory_store import new_store

TOP = key_of("0")
VOLUMES = st.sampled_from([0, 0, 1, 5, 500, -3])
STEPS = st.lists(st.tuples(st.sampled_from(PlacementRule), st.integers(0, 30), VOLUMES), max_size=30)


class TestFreePlaces:
    """`free_place` in memory."""

    def test_every_rule_is_one_of_the_structure(self) -> None:
        """Under the same name."""
        assert {rule.value for rule in PlacementRule} <= {rule.value for rule in SpilloverRule}

    @settings(deadline=None, max_examples=25)
    @given(STEPS, st.integers(1, 3), st.one_of(st.none(), st.integers(1, 4)))
    def test_it_is_where_the_structure_seats_somebody(
        self, steps: list[tuple[PlacementRule, int, int]], width: int, levels: int | None
    ) -> None:
        """Person after person, by any rules below anybody; where there is no place both say so."""
        twin = Structure(width=width, depth_max=levels)
        twin.place(str(TOP), None, SpilloverRule.LEFT, volume=0)
        with new_store()() as unit:
            unit.users.add(a_user(id=TOP))
            unit.distributors.add(a_distributor(TOP))
            people = [TOP]
            for number, (rule, under, hundredths) in enumerate(steps, start=1):
                top = people[under % len(people)]
                volume = LegVolume.LIFETIME if rule == PlacementRule.WEAKER_LEG else None
                wanted = Spillover(under_id=top, rule=rule, width=width, levels=levels, volume=volume)
                place, expected = unit.distributors.free_place(wanted), twin.free_place(str(top), rule.value)
                if place is None or expected is None:
                    assert (place, expected) == (None, None)
                    continue
                assert (place.parent_id, place.leg) == (UUID(twin.label(expected.parent)), expected.leg)
                person = key_of(str(number))
                twin.place(str(person), str(top), rule.value, volume=hundredths)
                unit.users.add(a_user(id=person))
                hanging = {"placement_id": place.parent_id, "placement_leg": place.leg}
                unit.distributors.add(a_distributor(person, **hanging, lifetime_pv=from_units(hundredths, 2)))
                people.append(person)
