"""Which sources of a walk are taken together: those of which its conditions ask the same, where that is quicker."""

import pytest

from compensation.engine.small_plans import UNILEVEL, ledger, plan
from compensation.twin.engine_runs import run_engine
from compensation.twin.small_worlds import order, person, world
from mlmcore.compensation.bonuses import _alike

PEOPLE = [
    person("ann", off=False, title="gold"),
    person("bob", "ann", off=False, title="silver"),
    person("cid", "bob", off=True, title="silver"),
    person("dan", "cid", off=False),
]
SALES = [order(f"s{number}", seller, cv=100, pv=pv) for number, (seller, pv) in enumerate(
    [("dan", 1), ("dan", 900), ("cid", 50), ("bob", 50), ("bob", 7)]
)]  # fmt: skip


class TestGroups:
    """Ann stands above bob, cid and dan, who has no title; cid is off. Each sells, dan and bob twice."""

    @pytest.mark.parametrize(
        ("pays", "groups"),
        [
            ("active or source.off", [[0, 1, 3, 4], [2]]),
            ('active and source.title == "silver"', [[0, 1], [2, 3, 4]]),
            ("order.pv > 40 or active", [[0, 4], [1, 2, 3]]),
            ("seller.off or order.pv > 40", [[0, 4], [1, 2, 3]]),
            ("(active or source.off) and (active or order.pv > 60)", [[0, 3, 4], [1], [2]]),
            ("personal > order.pv", [[0], [4], [2, 3], [1]]),
            ("order.buyer == none or buyer.active", [[0, 1, 2, 3, 4]]),
            ("sponsor(active, default=true) or source.off", [[0, 1, 3, 4], [2]]),
            ("sponsor(active, default=source.off)", [[0, 1, 3, 4], [2]]),
            ("level <= 1 or source.off", None),
        ],
    )
    def test_are_those_of_which_the_same_is_asked(
        self, pays: str, groups: list[list[int]] | None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Whole parts that ask the source alone are asked once; None where something is only known on the way."""
        monkeypatch.setattr(_alike, "_STEP", 10**6)
        found = self.found(UNILEVEL.replace('pays = "active"', f"pays = '{pays}'"), monkeypatch)

        assert found == groups

    def test_where_it_costs_more_than_climbing_nobody_is_taken_together(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Every group asks everybody: two groups of four people, where steps cost so much and no more."""
        off = UNILEVEL.replace('pays = "active"', 'pays = "source.off"')
        monkeypatch.setattr(_alike, "_GROUP", 0)

        # Above the five stand 3 + 3 + 2 + 1 + 1, and the longest walk takes four steps.
        for step, taken in ((0, True), (1, True), (-1, False)):
            monkeypatch.setattr(_alike, "_STEP", step)
            assert (self.found(off, monkeypatch) is not None) == taken

    @staticmethod
    def found(text: str, monkeypatch: pytest.MonkeyPatch) -> list[list[int]] | None:
        """The rows of each group, as the run of a plan takes them; that the lines are right is held by the twin."""
        seen: list[list[list[int]] | None] = []
        sources_alike = _alike.sources_alike

        def watched(*given: object) -> list[_alike.Alike] | None:
            alike = sources_alike(*given)  # type: ignore[arg-type]  # as it is called
            seen.append(None if alike is None else [one.rows.tolist() for one in alike])
            return alike

        monkeypatch.setattr(_alike, "sources_alike", watched)
        run_engine(plan(text), world(PEOPLE, SALES, company={"profit": 0}))
        monkeypatch.setattr(_alike, "sources_alike", sources_alike)
        return seen[0]


class TestOnTheWay:
    def test_what_cannot_be_asked_of_everybody_is_asked_of_whom_is_reached(self) -> None:
        """Nobody reaches dan, who has no title: were he asked, the run would stop."""
        text = UNILEVEL.replace('pays = "active"', 'pays = "len > 0"').replace("len", "lookup(worth, title)")
        table = '[tables.worth]\nby = "key"\nmissing = "error"\nrows = { gold = 2, silver = 1 }\n'
        found = run_engine(
            plan(text.replace("lookup(worth, title) > 0", "source.off or lookup(worth, title) > 0") + table),
            world(PEOPLE, SALES, company={"profit": 0}),
        )

        assert len(ledger(found)) == 8
