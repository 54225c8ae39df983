"""Periods: half-open days, whose zone turns them into instants once."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlmcore.domain.enums import PeriodKind
from mlmcore.domain.errors import InputError
from mlmcore.domain.periods import Period, kind_of, zone

DAYS = st.dates(date(1900, 1, 1), date(2999, 12, 31))
KINDS = st.sampled_from(PeriodKind)
ZONES = st.sampled_from(
    ["UTC", "America/New_York", "Pacific/Kiritimati", "America/Havana", "Asia/Beirut", "Pacific/Apia"]
)
MICROSECOND = timedelta(microseconds=1)
INSTANTS = st.timedeltas(timedelta(), timedelta(days=60_000)).map(lambda age: datetime(1940, 1, 1, tzinfo=UTC) + age)


class TestParsing:
    """The id says what it is."""

    @pytest.mark.parametrize(
        ("text", "kind", "start", "last_day"),
        [
            ("2026-03", PeriodKind.MONTH, date(2026, 3, 1), date(2026, 3, 31)),
            ("2024-02", PeriodKind.MONTH, date(2024, 2, 1), date(2024, 2, 29)),
            ("2026-12", PeriodKind.MONTH, date(2026, 12, 1), date(2026, 12, 31)),
            ("2026-W09", PeriodKind.WEEK, date(2026, 2, 23), date(2026, 3, 1)),
            ("2026-W53", PeriodKind.WEEK, date(2026, 12, 28), date(2027, 1, 3)),
            ("2026-03-01", PeriodKind.DAY, date(2026, 3, 1), date(2026, 3, 1)),
            ("2026-Q1", PeriodKind.QUARTER, date(2026, 1, 1), date(2026, 3, 31)),
            ("2026-Q4", PeriodKind.QUARTER, date(2026, 10, 1), date(2026, 12, 31)),
        ],
    )
    def test_reads_each_kind(self, text: str, kind: PeriodKind, start: date, last_day: date) -> None:
        """The last day is inclusive, the end is not."""
        period = Period.parse(text)

        assert (period.id, period.kind, period.start, period.last_day) == (text, kind, start, last_day)
        assert period.end == last_day + timedelta(days=1)
        assert kind_of(text) == kind

    @pytest.mark.parametrize("text", ["2026", "2026-3", "2026-w09", "March 2026", "", "2026-Q5", "2026-03 ", "٢٠٢٦-03"])
    def test_says_what_to_write(self, text: str) -> None:
        """All four spellings."""
        with pytest.raises(InputError) as caught:
            Period.parse(text)

        assert str(caught.value) == (
            f"{text!r} names no period; "
            "write 2026-03-31 (day), 2026-W14 (ISO week), 2026-03 (month) or 2026-Q1 (quarter)"
        )

    @pytest.mark.parametrize("text", ["2026-13", "2026-02-30", "2025-W53", "2026-W00", "0000-01"])
    def test_what_is_not_in_the_calendar_is_refused(self, text: str) -> None:
        """A year without a 53rd week too."""
        with pytest.raises(InputError, match=f"^{text!r} names no period: "):
            Period.parse(text)

    def test_the_end_of_the_calendar_is_refused_in_words(self) -> None:
        """Its end has no date."""
        with pytest.raises(InputError) as caught:
            Period.parse("9999-12")

        assert str(caught.value) == "a month from 9999-12-01 ends after the year 9999, the last that there is"

    @pytest.mark.parametrize("name", ["Mars/Olympus", "", "../etc/passwd", "America"])
    def test_an_unknown_zone_is_refused(self, name: str) -> None:
        """By name, also where the name is a folder."""
        with pytest.raises(InputError) as caught:
            Period.parse("2026-03", name)

        assert str(caught.value) == (f"{name!r} is not a time zone; write an IANA name such as UTC or America/New_York")

    def test_a_period_has_a_day(self) -> None:
        """An end at the start is refused."""
        with pytest.raises(InputError) as caught:
            Period(id="x", kind=PeriodKind.DAY, start=date(2026, 3, 1), end=date(2026, 3, 1))

        assert str(caught.value) == "period x runs from 2026-03-01 to 2026-03-01; a period ends after it starts"

    @given(DAYS, KINDS)
    def test_an_id_is_read_as_the_period_that_wrote_it(self, day: date, kind: PeriodKind) -> None:
        """For every day and kind."""
        period = Period.containing(day, kind, "Pacific/Kiritimati")

        assert Period.parse(period.id, "Pacific/Kiritimati") == period
        assert day in period


class TestNeighbours:
    """Periods of one kind tile the calendar."""

    @given(DAYS, KINDS)
    def test_the_next_starts_where_this_ends(self, day: date, kind: PeriodKind) -> None:
        """And its previous is this one."""
        period = Period.containing(day, kind, "America/New_York")

        assert period.next().start == period.end
        assert period.next().previous() == period

    @pytest.mark.parametrize(
        ("text", "after"),
        [("2026-12", "2027-01"), ("2026-W53", "2027-W01"), ("2026-Q4", "2027-Q1"), ("2026-12-31", "2027-01-01")],
    )
    def test_the_year_turns(self, text: str, after: str) -> None:
        """For each kind."""
        assert Period.parse(text).next().id == after


class TestSubperiods:
    """Shorter periods belong to the longer one in which they end."""

    def test_weeks_of_a_month_are_those_that_end_in_it(self) -> None:
        """March 2026 starts on a Sunday, so it has the week before's end and not its own last days."""
        weeks = Period.parse("2026-03").weeks_ending_within()

        assert [week.id for week in weeks] == ["2026-W09", "2026-W10", "2026-W11", "2026-W12", "2026-W13"]
        assert (weeks[0].start, weeks[-1].last_day) == (date(2026, 2, 23), date(2026, 3, 29))

    @pytest.mark.parametrize(
        ("text", "kind", "count"), [("2026-03", "day", 31), ("2026-Q1", "month", 3), ("2026-Q1", "week", 13)]
    )
    def test_days_and_months_too(self, text: str, kind: str, count: int) -> None:
        """Each by its last day."""
        assert len(Period.parse(text).subperiods(PeriodKind(kind))) == count

    def test_a_period_is_its_own_subperiod(self) -> None:
        """Of its own kind."""
        march = Period.parse("2026-03", "America/New_York")

        assert march.subperiods(PeriodKind.MONTH) == (march,)

    def test_a_longer_one_is_inside_only_where_it_ends(self) -> None:
        """A quarter ends in March, none ends in February."""
        found = [
            [item.id for item in Period.parse(text).subperiods(PeriodKind.QUARTER)] for text in ("2026-02", "2026-03")
        ]

        assert found == [[], ["2026-Q1"]]

    @given(DAYS)
    def test_each_week_belongs_to_exactly_one_month(self, day: date) -> None:
        """None is paid twice, none is lost."""
        week = Period.containing(day, PeriodKind.WEEK)
        months = {Period.containing(edge, PeriodKind.MONTH).id for edge in (week.start, week.last_day)}

        owners = [name for name in months if week in Period.parse(name).weeks_ending_within()]

        assert len(owners) == 1


class TestInstants:
    """Midnight in the period's zone, also on the days on which clocks change."""

    @pytest.mark.parametrize(
        ("text", "timezone", "start", "end"),
        [
            ("2026-03", "UTC", "2026-03-01T00:00", "2026-04-01T00:00"),
            ("2026-03", "America/New_York", "2026-03-01T05:00", "2026-04-01T04:00"),
            ("2026-03", "Pacific/Kiritimati", "2026-02-28T10:00", "2026-03-31T10:00"),
            # Beirut puts its clocks forward at midnight: the day starts at 01:00, which is 22:00 UTC the day before.
            ("2026-03-29", "Asia/Beirut", "2026-03-28T22:00", "2026-03-29T21:00"),
            # Havana puts them back from 01:00 to 00:00: midnight comes twice, and the day starts at the first.
            ("2026-11-01", "America/Havana", "2026-11-01T04:00", "2026-11-02T05:00"),
        ],
    )
    def test_are_the_first_of_the_day(self, text: str, timezone: str, start: str, end: str) -> None:
        """In UTC."""
        period = Period.parse(text, timezone)

        assert (period.start_instant, period.end_instant) == tuple(
            datetime.fromisoformat(moment).replace(tzinfo=UTC) for moment in (start, end)
        )

    def test_a_day_that_a_zone_left_out_is_empty(self) -> None:
        """Samoa went from 29 to 31 December 2011."""
        period = Period.parse("2011-12-30", "Pacific/Apia")

        assert period.start_instant == period.end_instant
        assert period.start_instant not in period

    @given(DAYS, KINDS, ZONES)
    def test_the_first_and_last_microsecond_are_in(self, day: date, kind: PeriodKind, timezone: str) -> None:
        """And their neighbours are not, in any zone."""
        period = Period.containing(day, kind, timezone)
        if period.start_instant == period.end_instant:
            return

        moments = [period.start_instant - MICROSECOND, period.start_instant]
        moments += [period.end_instant - MICROSECOND, period.end_instant]

        assert [moment in period for moment in moments] == [False, True, True, False]
        assert [period.day_of(moment) in period for moment in moments] == [False, True, True, False]

    @given(INSTANTS, KINDS, ZONES)
    def test_every_instant_is_in_the_period_of_its_day(self, moment: datetime, kind: PeriodKind, timezone: str) -> None:
        """So no order falls between two periods."""
        period = Period.containing(moment.astimezone(ZoneInfo(timezone)).date(), kind, timezone)

        assert moment in period
        assert moment not in period.next()
        assert moment not in period.previous()

    def test_an_instant_without_a_zone_is_refused(self) -> None:
        """It could be any of 26 hours."""
        period = Period.parse("2026-03")
        for ask in (period.__contains__, period.day_of):
            with pytest.raises(TypeError) as caught:
                ask(datetime(2026, 3, 1, tzinfo=UTC).replace(tzinfo=None))

            assert str(caught.value) == "2026-03-01 00:00:00 has no time zone; an instant is a datetime with one"

    def test_zones_are_shared(self) -> None:
        """Asking twice costs nothing."""
        assert zone("America/New_York") is zone("America/New_York")
