"""The level walk: its rules W1 to W7 one by one, and the kernel against the slow twin, interpreted and compiled."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pytest
from attrs import evolve, frozen
from hypothesis import given
from hypothesis import strategies as st

from genealogy.forests import Rows, rows
from mlmcore.domain.errors import RefusedError
from mlmcore.genealogy import Genealogy, build_from_labels, walks
from mlmcore.genealogy._compiled import compiled
from mlmcore.genealogy._kernels.walks import link_under, walk_levels
from mlmcore.genealogy.walks import UNLIMITED, LevelRules, LevelWalk, Outcome
from reference.walks import Offer, Rules, offers

WORDS: Mapping[int, str] = {
    Outcome.PAID: "paid",
    Outcome.PAYS_FAILED: "pays failed",
    Outcome.TOO_DEEP: "too deep",
    Outcome.NO_RATE: "no rate",
    Outcome.NO_UPLINE: "no upline",
    Outcome.PASSED_PAYS_FAILED: "passed pays failed",
    Outcome.PASSED_TOO_DEEP: "passed too deep",
    Outcome.PASSED_NO_RATE: "passed no rate",
}
CHAIN = build_from_labels(["top", "cid", "bob", "ann"], ["", "top", "cid", "bob"])
"""ann under bob under cid under top."""


def rules(tree: Genealogy = CHAIN, **options: Any) -> LevelRules:
    """Everybody counts and is paid, levels 1 to 3 have a rate; people are named by their ids in `options`."""
    everybody = np.ones(len(tree), dtype=np.bool_)
    plain = LevelRules(
        counts=everybody,
        pays=everybody,
        rate_row=np.zeros(len(tree), dtype=np.int32),
        has_rate=np.array([[False, True, True, True]]),
        offered=np.array([False, True, True, True]),
        last_level=3,
        last_above_root=3,
    )
    return evolve(plain, **options)


def all_but(*people: str, tree: Genealogy = CHAIN) -> Any:
    """bool[n]: everybody but these."""
    mask = np.ones(len(tree), dtype=np.bool_)
    mask[tree.ids.positions(list(people))] = False
    return mask


def only(*people: str) -> Any:
    """bool[n]: nobody but these."""
    return ~all_but(*people)


def walked(given_rules: LevelRules, start: str = "ann", *, below: bool = False, tree: Genealogy = CHAIN) -> list[Offer]:
    """The offers of one walk."""
    found = walks.walk(tree, tree.ids.positions([start]), np.array([below]), given_rules)
    return offered(tree, found)


def offered(tree: Genealogy, found: LevelWalk) -> list[Offer]:
    """A walk's rows as offers, by id."""
    names: list[str | None] = [*tree.ids.labels(np.arange(len(tree))), None]
    columns = (found.node.tolist(), found.child.tolist(), found.level.tolist(), found.outcome.tolist())
    return [
        Offer(names[node], names[child], level, WORDS[outcome])
        for node, child, level, outcome in zip(*columns, strict=True)
    ]


def short(found: list[Offer]) -> list[str]:
    """Offers as `1 bob paid`."""
    return [f"{item.level} {item.person or '-'} {item.outcome}" for item in found]


class TestLevels:
    """Who is offered which level."""

    def test_each_person_above_is_one_level(self) -> None:
        """The level of somebody above is 1 and the number of people strictly between who count."""
        assert short(walked(rules())) == ["1 bob paid", "2 cid paid", "3 top paid"]

    def test_w1_the_start_gives_a_row_only_from_level_0(self) -> None:
        """W1: with first level 0 the start is paid, and not asked whether it counts."""
        from_0 = rules(first_level=0, offered=np.array([True] * 3), has_rate=np.array([[True] * 3]), last_level=2)
        found = walked(evolve(from_0, counts=all_but("ann")))

        assert short(found) == ["0 ann paid", "1 bob paid", "2 cid paid"]

    def test_w1_the_start_must_be_paid_like_everybody(self) -> None:
        """W1: at level 0 `pays`, `depth` and the rate are asked."""
        from_0 = rules(first_level=0, offered=np.array([True]), has_rate=np.array([[True]]), last_level=0)

        assert short(walked(evolve(from_0, pays=all_but("ann")))) == ["0 ann pays failed"]
        assert short(walked(evolve(from_0, depth=np.array([9, 9, 9, -1], dtype=np.int32)))) == ["0 ann too deep"]
        assert short(walked(evolve(from_0, has_rate=np.array([[False]])))) == ["0 ann no rate"]

    def test_w1_at_level_0_a_level_that_is_not_offered_gives_no_row(self) -> None:
        """W1, W4: also the start."""
        found = walked(rules(first_level=0))

        assert short(found) == ["1 bob paid", "2 cid paid", "3 top paid"]

    def test_w2_whoever_does_not_count_gives_no_row(self) -> None:
        """W2: they use up no level, and are not paid."""
        assert short(walked(rules(counts=all_but("bob"), last_above_root=0))) == ["1 cid paid", "2 top paid"]

    def test_w2_the_uncounted_may_be_paid(self) -> None:
        """W2: with `pay_uncounted` they are offered the level, and it is not used up."""
        found = walked(rules(counts=all_but("bob"), pay_uncounted=True, last_above_root=0))

        assert short(found) == ["1 bob paid", "1 cid paid", "2 top paid"]

    def test_w2_below_the_first_level_nobody_is_paid(self) -> None:
        """W2: the level is used up."""
        assert short(walked(rules(first_level=2))) == ["2 cid paid", "3 top paid"]

    def test_w3_an_unpaid_level_is_used_up(self) -> None:
        """W3: by whoever counts, paid or not."""
        found = walked(rules(pays=all_but("bob")))

        assert short(found) == ["1 bob pays failed", "2 cid paid", "3 top paid"]

    def test_w3_where_levels_go_on_an_unpaid_one_is_offered_further_up(self) -> None:
        """W3: dynamic compression; who was passed is told."""
        found = walked(rules(pays=all_but("bob"), unpaid_goes_on=True, last_above_root=0))

        assert short(found) == ["1 bob passed pays failed", "1 cid paid", "2 top paid"]

    def test_w3_below_the_first_level_whoever_counts_uses_it_up_also_where_levels_go_on(self) -> None:
        """W3: whether or not they are paid."""
        found = walked(rules(pays=all_but("bob"), unpaid_goes_on=True, first_level=2))

        assert short(found) == ["2 cid paid", "3 top paid"]

    def test_w3_a_level_without_a_rate_for_anybody_is_used_up_also_where_levels_go_on(self) -> None:
        """W3, W4: there is nothing that could go on."""
        gap = rules(offered=np.array([False, False, True, True]), has_rate=np.array([[False, False, True, True]]))

        assert short(walked(evolve(gap, unpaid_goes_on=True))) == ["2 cid paid", "3 top paid"]

    def test_w4_past_the_last_level_the_walk_ends(self) -> None:
        """W4: there is no row, for nobody."""
        assert short(walked(rules(last_level=1))) == ["1 bob paid"]

    def test_w4_the_last_column_serves_all_levels_beyond(self) -> None:
        """W4: a rate at every level is one column."""
        endless = rules(
            offered=np.array([False, True]),
            has_rate=np.array([[False, True]]),
            last_level=UNLIMITED,
            last_above_root=0,
        )

        assert short(walked(endless)) == ["1 bob paid", "2 cid paid", "3 top paid"]

    def test_w5_of_what_refuses_the_first_speaks(self) -> None:
        """W5: `pays`, then `depth`, then the missing rate."""
        deep = np.zeros(4, dtype=np.int32)
        no_rate = np.zeros((1, 4), dtype=np.bool_)

        assert short(walked(rules(pays=only("ann"), depth=deep, has_rate=no_rate)))[0] == "1 bob pays failed"
        assert short(walked(rules(depth=deep, has_rate=no_rate)))[0] == "1 bob too deep"
        assert short(walked(rules(has_rate=no_rate)))[0] == "1 bob no rate"

    def test_depth_pays_a_person_up_to_that_level(self) -> None:
        """The level itself is paid, the next is not; the walk goes on."""
        depth = np.array([3, 1, 1, 0], dtype=np.int32)

        assert short(walked(rules(depth=depth))) == ["1 bob paid", "2 cid too deep", "3 top paid"]

    def test_each_person_has_the_rates_of_their_row(self) -> None:
        """A rank that has no rate at a level is not paid there."""
        by_rank = rules(
            rate_row=np.array([1, 0, 0, 0], dtype=np.int32),
            has_rate=np.array([[False, True, False, False], [False, True, True, True]]),
        )

        assert short(walked(by_rank)) == ["1 bob paid", "2 cid no rate", "3 top paid"]

    def test_the_source_may_use_up_a_level(self) -> None:
        """With `source_counts`, where it counts."""
        assert short(walked(rules(source_counts=True)))[:2] == ["2 bob paid", "3 cid paid"]
        assert short(walked(rules(source_counts=True, counts=all_but("ann"))))[0] == "1 bob paid"

    def test_a_walk_may_start_below_a_person(self) -> None:
        """A customer's order under its seller: the seller is level 1, and there is no level 0."""
        from_0 = rules(first_level=0, offered=np.array([True] * 4), has_rate=np.array([[True] * 4]))
        found = walked(evolve(from_0, source_counts=True), below=True)

        assert short(found) == ["1 ann paid", "2 bob paid", "3 cid paid"]
        assert found[0].child is None


class TestEnd:
    """Where walks end."""

    def test_w6_a_walk_ends_before_whoever_stops_it(self) -> None:
        """W6: that person and everybody above are offered nothing, and nothing is owed above the root."""
        assert short(walked(rules(stops=only("cid")))) == ["1 bob paid"]

    def test_w6_a_walk_ends_after_whoever_stops_it(self) -> None:
        """W6: that person is the last."""
        assert short(walked(rules(stops=only("cid"), stop_before=False))) == ["1 bob paid", "2 cid paid"]

    def test_w6_who_does_not_count_stops_it_too(self) -> None:
        """W6: the condition is tested on everybody above the source."""
        found = walked(rules(stops=only("bob"), counts=all_but("bob"), stop_before=False))

        assert short(found) == []

    def test_w6_the_start_is_not_asked(self) -> None:
        """W6: only those above."""
        assert len(walked(rules(stops=only("ann")))) == 3

    def test_w6_a_person_below_whom_the_walk_starts_is_asked(self) -> None:
        """W6: they stand above the source."""
        assert walked(rules(stops=only("ann")), below=True) == []

    def test_w7_levels_above_the_root_are_offered_to_nobody(self) -> None:
        """W7: those that nobody has used up."""
        found = walked(rules(), "cid")

        assert short(found) == ["1 top paid", "2 - no upline", "3 - no upline"]
        assert found[1].child == "top"

    def test_w7_of_a_root_all_levels_are(self) -> None:
        """W7: nothing was used up."""
        assert short(walked(rules(), "top")) == ["1 - no upline", "2 - no upline", "3 - no upline"]

    def test_w7_a_source_that_counts_has_used_up_level_1(self) -> None:
        """W7: nobody above would be offered it."""
        assert short(walked(rules(source_counts=True), "top")) == ["2 - no upline", "3 - no upline"]

    def test_w7_whoever_does_not_count_leaves_the_level_to_nobody_above(self) -> None:
        """W7: roll-up over an inactive root loses the level, and says so."""
        found = walked(rules(counts=all_but("top"), last_level=1, last_above_root=1), "cid")

        assert short(found) == ["1 - no upline"]

    def test_w7_not_below_the_first_level(self) -> None:
        """W7: level 1 is not paid to anybody."""
        assert short(walked(rules(first_level=2), "top")) == ["2 - no upline", "3 - no upline"]

    def test_w7_until_the_first_level_that_is_not_offered(self) -> None:
        """W7: what comes after a gap is not owed."""
        gap = rules(offered=np.array([False, True, False, True]))

        assert short(walked(gap, "top")) == ["1 - no upline"]

    def test_w7_up_to_the_last_level_owed_there(self) -> None:
        """W7: nothing, where levels never end."""
        assert short(walked(rules(last_above_root=1), "top")) == ["1 - no upline"]
        assert walked(rules(last_above_root=0), "top") == []

    def test_w7_a_level_passed_on_by_everybody_comes_out_above_the_root(self) -> None:
        """W7: it was never used up."""
        found = walked(rules(pays=only("ann"), unpaid_goes_on=True, last_level=1, last_above_root=1))

        assert short(found)[-2:] == ["1 top passed pays failed", "1 - no upline"]


class TestManyWalks:
    """Many starts at once."""

    def test_rows_stand_in_the_order_of_the_starts_and_then_upward(self) -> None:
        """Also where a start is given twice."""
        found = walks.walk(CHAIN, CHAIN.ids.positions(["cid", "ann", "cid"]), np.zeros(3, dtype=np.bool_), rules())

        assert found.source.tolist() == [0, 0, 0, 1, 1, 1, 2, 2, 2]

    def test_no_starts_give_no_rows(self) -> None:
        """And an empty tree is no trouble."""
        empty = build_from_labels([], [])
        found = walks.walk(empty, np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.bool_), rules(empty))

        assert len(found) == 0

    def test_more_rows_than_can_be_counted_are_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """In words, before anything is allocated."""
        monkeypatch.setattr(walks, "INT32_MAX", 5)
        starts = CHAIN.ids.positions(["ann", "ann"])

        with pytest.raises(RefusedError, match=r"^the walks offer 6 levels, more than 5; limit the depth$"):
            walks.walk(CHAIN, starts, np.zeros(2, dtype=np.bool_), rules())


@frozen(kw_only=True)
class Question:
    """A forest with rules, for both sides."""

    tree: Genealogy
    fast: LevelRules
    slow: Rules
    below: list[bool]


@st.composite
def questions(draw: st.DrawFn) -> Question:
    """Random forests under random rules."""
    given_rows: Rows = draw(rows(most=12))
    tree = given_rows.fast()
    names = tree.ids.labels(np.arange(len(tree)))
    count = len(names)

    def mask() -> list[bool]:
        return draw(st.lists(st.booleans(), min_size=count, max_size=count))

    counts, pays, stops = mask(), mask(), mask()
    depth = draw(st.lists(st.sampled_from([-1, 0, 1, 2, 3, UNLIMITED]), min_size=count, max_size=count))
    width = draw(st.integers(1, 4))
    table = draw(st.lists(st.lists(st.booleans(), min_size=width, max_size=width), min_size=2, max_size=2))
    row = draw(st.lists(st.integers(0, 1), min_size=count, max_size=count))
    level_offered = [any(column) for column in zip(*table, strict=True)]
    last = draw(st.sampled_from([0, 1, 2, 3, 4, UNLIMITED]))
    stopping, before = draw(st.booleans()), draw(st.booleans())
    goes_on, source_counts, uncounted = draw(st.booleans()), draw(st.booleans()), draw(st.booleans())
    first, top = draw(st.integers(0, 2)), draw(st.integers(0, 5))
    position = {name: index for index, name in enumerate(names)}
    uplines = {name: names[tree.parent[at]] if tree.parent[at] >= 0 else None for name, at in position.items()}
    fast = LevelRules(
        counts=np.array(counts, dtype=np.bool_),
        pays=np.array(pays, dtype=np.bool_),
        stops=np.array(stops, dtype=np.bool_) if stopping else None,
        stop_before=before,
        depth=np.array(depth, dtype=np.int32),
        rate_row=np.array(row, dtype=np.int32),
        has_rate=np.array(table, dtype=np.bool_),
        offered=np.array(level_offered, dtype=np.bool_),
        first_level=first,
        last_level=last,
        last_above_root=top,
        unpaid_goes_on=goes_on,
        source_counts=source_counts,
        pay_uncounted=uncounted,
    )
    slow = Rules(
        upline=uplines,
        counts=lambda person: counts[position[person]],
        pays=lambda person: pays[position[person]],
        stops=lambda person: stopping and stops[position[person]],
        stop_before=before,
        depth=lambda person: depth[position[person]],
        has_rate=lambda person, level: table[row[position[person]]][min(level, width - 1)],
        offered=lambda level: level_offered[min(level, width - 1)],
        first_level=first,
        last_level=last,
        last_above_root=top,
        unpaid_goes_on=goes_on,
        source_counts=source_counts,
        pay_uncounted=uncounted,
    )
    return Question(tree=tree, fast=fast, slow=slow, below=mask())


@pytest.fixture(params=[10**9, 0], ids=["interpreted", "compiled"], scope="class")
def _way(request: pytest.FixtureRequest) -> Iterator[None]:
    """The kernel, interpreted and compiled."""
    patch = pytest.MonkeyPatch()
    for name, kernel in (("_walk_levels", walk_levels), ("_link_under", link_under)):
        patch.setattr(walks, name, compiled(kernel, compile_from=request.param))
    yield
    patch.undo()


@pytest.mark.usefixtures("_way")
class TestAgainstTwin:
    """The kernel and the slow walk say the same."""

    @given(questions())
    def test_every_row_is_the_same(self, question: Question) -> None:
        """From every person of a random forest at once."""
        tree = question.tree
        starts = np.arange(len(tree), dtype=np.int32)
        found = walks.walk(tree, starts, np.array(question.below, dtype=np.bool_), question.fast)
        names = tree.ids.labels(starts)
        slow = [offers(question.slow, name, below=below) for name, below in zip(names, question.below, strict=True)]

        assert offered(tree, found) == [offer for walk in slow for offer in walk]
        assert found.source.tolist() == [at for at, walk in enumerate(slow) for _ in walk]

    def test_a_long_chain_is_walked_without_recursion(self) -> None:
        """100,000 people of whom only the root is paid: the level comes out at the top."""
        labels = [str(number) for number in range(100_000)]
        tree = build_from_labels(labels, ["", *labels[:-1]])
        root = np.zeros(len(tree), dtype=np.bool_)
        root[0] = True
        start = tree.ids.positions([labels[-1]])
        found = walks.walk(tree, start, np.zeros(1, dtype=np.bool_), rules(tree, counts=root))

        assert short(offered(tree, found)) == ["1 0 paid", "2 - no upline", "3 - no upline"]
