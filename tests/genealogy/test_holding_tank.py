"""The holding tank, rule by rule (H1 to H6 of `docs/genealogy/spillover.md`); mixed histories are told to its twin."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest

from mlmcore.domain.errors import InputError
from mlmcore.genealogy import build_from_labels
from mlmcore.genealogy.spillover import HoldingTank, Place, Structure, Waiting

NO_ZONE = datetime(2026, 3, 1)  # noqa: DTZ001  (that it has no zone is the point)


def day(number: int) -> datetime:
    """A day of March."""
    return datetime(2026, 3, number, tzinfo=UTC)


def tank(depth_max: int | None = None) -> tuple[HoldingTank, Structure]:
    """An empty tank of a binary with Ann, and Bob in her leg 1."""
    tree = build_from_labels(["ann", "bob"], ["", "ann"], [0, 1])
    structure = Structure(tree, width=2, depth_max=depth_max)
    return HoldingTank(structure), structure


def refusal(act: Callable[[], object]) -> list[tuple[str, str]]:
    """Code and text of every finding."""
    with pytest.raises(InputError) as error:
        act()
    return [(finding.code, str(finding)) for finding in error.value.findings]


def labels(waiting: "tuple[Waiting, ...] | HoldingTank") -> list[str]:
    """Who waits."""
    return [one.label for one in waiting]


class TestPut:
    """H1: who waits."""

    def test_whoever_is_put_in_waits(self) -> None:
        """Below a sponsor who is placed, or waits too."""
        waiting, structure = tank()
        one = waiting.put("cid", "bob", since=day(1), until=day(9))
        waiting.put("dan", "cid", since=day(2))

        assert one == Waiting(label="cid", sponsor="bob", since=day(1), until=day(9))
        assert labels(waiting) == ["cid", "dan"]
        assert len(waiting) == 2
        assert "cid" in waiting
        assert "ann" not in waiting
        assert "cid" not in structure

    def test_everything_wrong_is_found_at_once(self) -> None:
        """Who is placed, an unknown sponsor and times without a zone."""
        waiting, _ = tank()

        assert refusal(lambda: waiting.put("bob", "zoe", since=NO_ZONE, until="soon")) == [  # type: ignore[arg-type]
            (
                "tank.placed",
                "person bob: has a place in the structure already; whoever is placed does not wait",
            ),
            ("tank.time", "person bob: since is 2026-03-01T00:00:00; give a time with its zone"),
            (
                "tank.sponsor",
                (
                    "person bob: the sponsor zoe is neither placed nor waits in the holding tank; "
                    "place zoe, or let them wait, first"
                ),
            ),
            ("tank.time", "person bob: until is 'soon'; give a time with its zone"),
        ]
        assert refusal(lambda: waiting.put("", "ann", since=day(1))) == [
            ("input.id", "an id is empty; give every person, order and customer one")
        ]
        assert labels(waiting) == []

    def test_nobody_waits_twice(self) -> None:
        """In whatever spelling."""
        waiting, _ = tank()
        some = UUID("0123abcd-0000-4000-8000-00000000ffff")
        waiting.put(some, "ann", since=day(1))
        other = str(some).upper()

        assert some in waiting
        assert refusal(lambda: waiting.put(other, "ann", since=day(2))) == [
            (
                "tank.twice",
                f"person {other}: waits in the holding tank already; take the person out first",
            )
        ]
        assert [one.since for one in waiting] == [day(1)]

    def test_nobody_waits_below_themselves(self) -> None:
        """Directly, or where somebody was taken out and comes back below the own downline."""
        waiting, _ = tank()
        waiting.put("cid", "ann", since=day(1))
        waiting.put("dan", "cid", since=day(1))
        waiting.take("cid")

        assert refusal(lambda: waiting.put("cid", "dan", since=day(2))) == [
            ("tank.loop", "person cid: the sponsor dan waits below cid; name another sponsor")
        ]
        assert refusal(lambda: waiting.put("eve", "eve", since=day(2))) == [
            ("tank.loop", "person eve: is named as the own sponsor; name another sponsor")
        ]
        assert refusal(lambda: waiting.put("eve", "dan", since=day(2))) == [
            (
                "tank.sponsor",
                (
                    "person eve: cid, who stands above the sponsor dan, is neither placed nor waits in the holding "
                    "tank; place cid, or let them wait, first"
                ),
            )
        ]

    def test_a_deadline_comes_after_the_beginning(self) -> None:
        """Not with it."""
        waiting, _ = tank()

        assert refusal(lambda: waiting.put("cid", "ann", since=day(2), until=day(2))) == [
            (
                "tank.time",
                (
                    "person cid: waits since 2026-03-02T00:00:00+00:00 until 2026-03-02T00:00:00+00:00; "
                    "the deadline comes after the beginning"
                ),
            )
        ]


class TestOrder:
    """H2: in the order of arrival, ties by label."""

    def test_by_arrival_and_then_by_label(self) -> None:
        """An instant is the same in every zone; labels go by code point."""
        waiting, _ = tank()
        east = timezone(timedelta(hours=9))
        for label, sponsor, since in (
            ("late", "ann", day(3)),
            ("b", "bob", day(2)),
            ("a", "ann", day(2).astimezone(east)),
            ("Z", "ann", day(2)),
            ("first", "ann", day(1)),
        ):
            waiting.put(label, sponsor, since=since)

        assert labels(waiting) == ["first", "Z", "a", "b", "late"]
        assert labels(waiting.waiting("ann")) == ["first", "Z", "a", "late"]
        assert labels(waiting.waiting("bob")) == ["b"]
        assert labels(waiting.waiting("zoe")) == labels(waiting.waiting("")) == []


class TestPlacing:
    """H3: nobody is lost on the way to a place."""

    def test_a_place_takes_somebody_out(self) -> None:
        """By a rule, or a place that is named."""
        waiting, structure = tank()
        for label in ("cid", "dan"):
            waiting.put(label, "ann", since=day(1))

        assert waiting.place("cid", "bob", "right", volume=7) == Place(slot=2, parent=1, leg=2, depth=2)
        assert waiting.place_at("dan", "ann", 2, under="ann", volume=8) == Place(slot=3, parent=0, leg=2, depth=1)
        assert (labels(waiting), waiting.waiting("ann")) == ([], ())
        assert (structure.volume("cid"), structure.volume("dan")) == (7, 8)

    def test_whoever_is_refused_waits_on(self) -> None:
        """For a full matrix, a taken leg, or somebody unknown."""
        waiting, structure = tank(depth_max=1)
        waiting.put("cid", "ann", since=day(1))

        assert [code for code, _ in refusal(lambda: waiting.place("cid", "ann", "left"))] == ["spillover.full"]
        assert [code for code, _ in refusal(lambda: waiting.place("cid", "zoe", "left"))] == ["ids.unknown"]
        assert [code for code, _ in refusal(lambda: waiting.place_at("cid", "ann", 1, under="ann"))] == [
            "spillover.taken"
        ]
        assert labels(waiting) == labels(waiting.waiting("ann")) == ["cid"]
        assert len(structure) == 2

    def test_who_does_not_wait_is_refused(self) -> None:
        """To take, and to place."""
        waiting, _ = tank()
        said = [
            (
                "tank.unknown",
                "person zoe: does not wait in the holding tank; put the person in first, or correct the id",
            )
        ]

        assert refusal(lambda: waiting.take("zoe")) == said
        assert refusal(lambda: waiting.place("zoe", "ann", "left")) == said
        assert refusal(lambda: waiting.place_at("zoe", "ann", 2, under="ann")) == said
        assert refusal(lambda: waiting.take("")) == [(code, text.replace("zoe", "")) for code, text in said]

    def test_whoever_is_taken_out_comes_back_as_somebody_new(self) -> None:
        """The old times are handed back."""
        waiting, _ = tank()
        put = waiting.put("cid", "ann", since=day(1), until=day(4))

        assert waiting.take("cid") == put
        assert labels(waiting) == []
        assert waiting.put("cid", "ann", since=day(2)).since == day(2)


class TestOverdue:
    """H4 and H5: whose deadline is over."""

    def test_the_deadline_itself_is_over(self) -> None:
        """Whoever has none is never overdue."""
        waiting, _ = tank()
        waiting.put("cid", "ann", since=day(1), until=day(5))
        waiting.put("dan", "ann", since=day(1), until=day(6))
        waiting.put("eve", "ann", since=day(1))

        assert labels(waiting.overdue(day(5) - timedelta(microseconds=1))) == []
        assert labels(waiting.overdue(day(5))) == ["cid"]
        assert labels(waiting.overdue(day(31))) == ["cid", "dan"]
        assert refusal(lambda: waiting.overdue(NO_ZONE)) == [
            ("tank.time", "at is 2026-03-01T00:00:00; give a time with its zone")
        ]

    def test_the_overdue_are_placed_by_arrival(self) -> None:
        """Not by deadline, nor by who was put in first; the others wait on."""
        waiting, structure = tank()
        waiting.put("eve", "ann", since=day(3), until=day(4))
        waiting.put("dan", "ann", since=day(2), until=day(5))
        waiting.put("cid", "ann", since=day(2), until=day(6))
        waiting.put("fay", "ann", since=day(1), until=day(9))
        done = waiting.place_overdue("left", day(6))

        assert [(label, structure.label(place.parent)) for label, place in done.placed] == [
            ("cid", "bob"),
            ("dan", "cid"),
            ("eve", "dan"),
        ]
        assert done.full == ()
        assert labels(waiting) == ["fay"]
        assert waiting.place_overdue("left", day(6)).placed == ()

    def test_they_come_below_the_nearest_who_is_placed(self) -> None:
        """Where the sponsor waits, too, for longer: the sponsor's sponsor, who may have got a place just now."""
        waiting, structure = tank()
        waiting.put("cid", "bob", since=day(1), until=day(5))
        waiting.put("dan", "cid", since=day(2))
        waiting.put("eve", "dan", since=day(3), until=day(4))
        done = waiting.place_overdue("left", day(5))

        assert [(label, structure.label(place.parent)) for label, place in done.placed] == [
            ("cid", "bob"),
            ("eve", "cid"),
        ]

    def test_a_sponsor_who_was_placed_past_the_tank_is_placed(self) -> None:
        """Though they are still in the tank, others come below them."""
        waiting, structure = tank()
        waiting.put("cid", "ann", since=day(1))
        waiting.put("dan", "cid", since=day(1), until=day(2))
        structure.place("cid", "bob", "right")
        done = waiting.place_overdue("left", day(2))

        assert [(label, structure.label(place.parent)) for label, place in done.placed] == [("dan", "cid")]

    def test_whoever_finds_no_place_waits_on_and_is_named(self) -> None:
        """And keeps nobody back."""
        waiting, structure = tank(depth_max=1)
        for label, sponsor in (("cid", "ann"), ("dan", "ann"), ("eve", "bob")):
            waiting.put(label, sponsor, since=day(1), until=day(2))
        done = waiting.place_overdue("breadth_first", day(2))

        assert [(label, structure.label(place.parent)) for label, place in done.placed] == [
            ("cid", "ann"),
            ("eve", "bob"),
        ]
        assert done.full == ("dan",)
        assert labels(waiting) == ["dan"]

    def test_everything_wrong_is_found_and_nobody_is_placed(self) -> None:
        """A sponsor who was taken out, somebody who was placed past the tank, the rule and the time."""
        waiting, structure = tank()
        for label, sponsor in (("cid", "ann"), ("dan", "cid"), ("eve", "ann"), ("fay", "ann")):
            waiting.put(label, sponsor, since=day(1), until=day(2))
        waiting.take("cid")
        structure.place("eve", "ann", "left")

        assert [text for _, text in refusal(lambda: waiting.place_overdue("weaker_leg", day(2)))] == [
            "weaker_leg compares volumes, and none has been given; give volumes, or place by balanced",
            (
                "person dan: the sponsor cid is neither placed nor waits in the holding tank; "
                "place cid, or let them wait, first"
            ),
            "person eve: has a place in the structure already; whoever is placed does not wait",
        ]
        assert refusal(lambda: waiting.place_overdue("lefft", NO_ZONE)) == [
            ("tank.time", "at is 2026-03-01T00:00:00; give a time with its zone"),
            ("spillover.rule", "there is no rule 'lefft'; did you mean 'left'?"),
        ]
        assert labels(waiting) == ["dan", "eve", "fay"]
        assert len(structure) == 3


class TestPlaceOrPut:
    """H6: a place, or the tank where the matrix is full."""

    def test_a_place_where_there_is_one(self) -> None:
        """Nobody waits then."""
        waiting, _ = tank()

        assert waiting.place_or_put("cid", "ann", "breadth_first", since=day(1)) == Place(
            slot=2, parent=0, leg=2, depth=1
        )
        assert labels(waiting) == []

    def test_the_tank_where_there_is_none(self) -> None:
        """With the deadline that was given."""
        waiting, structure = tank(depth_max=1)
        held = waiting.place_or_put("cid", "ann", "left", since=day(1), until=day(3))

        assert held == Waiting(label="cid", sponsor="ann", since=day(1), until=day(3))
        assert labels(waiting) == ["cid"]
        assert len(structure) == 2

    def test_below_a_sponsor_who_waits_it_is_the_nearest_who_is_placed(self) -> None:
        """As in H5."""
        waiting, _ = tank()
        waiting.put("cid", "bob", since=day(1))

        assert waiting.place_or_put("dan", "cid", "left", since=day(2)) == Place(slot=2, parent=1, leg=1, depth=2)

    def test_what_is_wrong_is_refused(self) -> None:
        """Person, sponsor, times and rule, whether or not there is a place."""
        waiting, structure = tank()

        assert [code for code, _ in refusal(lambda: waiting.place_or_put("bob", "zoe", "x", since=NO_ZONE))] == [
            "spillover.rule",
            "tank.placed",
            "tank.time",
            "tank.sponsor",
        ]
        assert (labels(waiting), len(structure)) == ([], 2)
