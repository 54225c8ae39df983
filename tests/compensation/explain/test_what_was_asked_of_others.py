"""A condition that asks others is explained by what they answered, not by the same column of the person."""

from compensation.engine.small_plans import UNILEVEL, plan
from compensation.twin.engine_runs import run_engine
from compensation.twin.small_worlds import chain, order, world
from mlmcore.compensation.explain import why


def because(pays: str) -> str:
    """Why bob is not paid on an order of cid's, who stands below him."""
    by = plan(UNILEVEL.replace('pays = "active"', f'pays = "{pays}"'))
    sold = [order("sale", "cid", cv=100, pv=70), order("own", "ann", cv=0, pv=5)]
    result = run_engine(by, world(chain("ann", "bob", "cid", off=False), sold, company={"profit": 0}))
    (unpaid,) = [item for item in why(result, "bob").amounts if item.kind == "unpaid"]
    return unpaid.because


class TestWhy:
    def test_shows_what_an_aggregate_came_to(self) -> None:
        """As the condition says it; behind it stands no column of bob's that it does not read."""
        assert because("count(front, personal > 50) >= 2") == (
            "count(front, personal > 50) >= 2 is false: count(front, personal > 50) = 1"
        )

    def test_shows_what_the_sponsor_has(self) -> None:
        """Beside what the person has."""
        assert because("personal > sponsor(personal, default=0)") == (
            "personal > sponsor(personal, default=0) is false: personal = 0.00, sponsor(personal, default=0) = 5.00"
        )

    def test_names_people_by_their_ids(self) -> None:
        """A person is no number."""
        assert because("nearest(personal > 1, id, default=none) == house") == (
            "nearest(personal > 1, id, default=none) == house is false: nearest(personal > 1, id, default=none) = ann"
        )
