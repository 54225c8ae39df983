"""Periods: half-open spans of days in a time zone.

A period's id says what it is: `2026-03-31` a day, `2026-W14` an ISO week, `2026-03` a month, `2026-Q1` a quarter. Its
zone turns days into instants once; everything else compares days with days and instants with instants.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from types import MappingProxyType
from typing import Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from attrs import Attribute, field, frozen

from mlmcore.domain.enums import PeriodKind
from mlmcore.domain.errors import InputError

__all__ = ["Period", "kind_of", "zone"]


@frozen(kw_only=True, order=False)
class Period:
    """The days from `start` up to, not including, `end`.

    >>> march = Period.parse("2026-03")
    >>> march.start, march.end, march.last_day
    (datetime.date(2026, 3, 1), datetime.date(2026, 4, 1), datetime.date(2026, 3, 31))

    Attributes:
        id: As above; the database's `commission_periods.id`.
        kind: How long.
        start: The first day.
        end: The first day that is no longer in it.
        timezone: The zone whose days these are, by IANA name.
    """

    id: str
    kind: PeriodKind
    start: date
    end: date
    timezone: str = field(default="UTC")

    @timezone.validator
    def _check_timezone(self, attribute: "Attribute[str]", value: str) -> None:
        zone(value)

    def __attrs_post_init__(self) -> None:
        if self.end <= self.start:
            raise _error(f"period {self.id} runs from {self.start} to {self.end}", "a period ends after it starts")

    @classmethod
    def parse(cls, text: str, timezone: str = "UTC") -> Self:
        """The period that an id names.

        Raises:
            InputError: The text names no period, or the zone is unknown.
        """
        kind, start = _kind_and_start(text)
        return cls._from_start(kind, start, timezone)

    @classmethod
    def containing(cls, day: date, kind: PeriodKind, timezone: str = "UTC") -> Self:
        """The period of a kind in which a day lies.

        Raises:
            InputError: The calendar ends before that period does, or the zone is unknown.
        """
        return cls._from_start(kind, _START_OF[kind](day), timezone)

    @classmethod
    def _from_start(cls, kind: PeriodKind, start: date, timezone: str) -> Self:
        try:
            end = _END_OF[kind](start)
        except (ValueError, OverflowError):
            raise _error(f"a {kind} from {start} ends after the year 9999, the last that there is") from None
        return cls(id=_ID_OF[kind](start), kind=kind, start=start, end=end, timezone=timezone)

    @property
    def last_day(self) -> date:
        """The last day in it; the database's `end_date` (decision D14)."""
        return self.end - timedelta(days=1)

    @property
    def start_instant(self) -> datetime:
        """The first instant, in UTC."""
        return _midnight(self.start, self.timezone)

    @property
    def end_instant(self) -> datetime:
        """The first instant after it, in UTC."""
        return _midnight(self.end, self.timezone)

    def __contains__(self, moment: date | datetime) -> bool:
        if isinstance(moment, datetime):
            if moment.utcoffset() is None:
                raise TypeError(f"{moment} has no time zone; an instant is a datetime with one")
            return self.start_instant <= moment < self.end_instant
        return self.start <= moment < self.end

    def day_of(self, moment: datetime) -> date:
        """The day on which an instant falls in this period's zone.

        Raises:
            TypeError: The instant has no time zone.
        """
        if moment.utcoffset() is None:
            raise TypeError(f"{moment} has no time zone; an instant is a datetime with one")
        return moment.astimezone(zone(self.timezone)).date()

    def next(self) -> Self:
        """The period of this kind that starts where this one ends."""
        return self.containing(self.end, self.kind, self.timezone)

    def previous(self) -> Self:
        """The period of this kind that ends where this one starts."""
        return self.containing(self.start - timedelta(days=1), self.kind, self.timezone)

    def subperiods(self, kind: PeriodKind) -> tuple[Self, ...]:
        """The periods of a kind that *end* within this one, first to last; a week may have begun before it.

        >>> [week.id for week in Period.parse("2026-03").subperiods(PeriodKind.WEEK)]
        ['2026-W09', '2026-W10', '2026-W11', '2026-W12', '2026-W13']
        """
        found = []
        item = self.containing(self.start, kind, self.timezone)
        while item.end <= self.end:
            if item.last_day >= self.start:
                found.append(item)
            item = item.next()
        return tuple(found)

    def weeks_ending_within(self) -> tuple[Self, ...]:
        """The ISO weeks whose last day lies in this period: each week belongs to exactly one month."""
        return self.subperiods(PeriodKind.WEEK)


def kind_of(text: str) -> PeriodKind:
    """The kind of period that an id names.

    >>> kind_of("2026-W14").value
    'week'

    Raises:
        InputError: The text names no period.
    """
    return _kind_and_start(text)[0]


def zone(name: str) -> ZoneInfo:
    """The time zone of that name.

    Raises:
        InputError: No such zone.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        todo = "write an IANA name such as UTC or America/New_York"
        raise InputError.of(f"{name!r} is not a time zone", todo, code="input.timezone") from None


def _kind_and_start(text: str) -> tuple[PeriodKind, date]:
    for kind, (pattern, start_of) in _SPELLINGS.items():
        match = pattern.fullmatch(text)
        if match:
            return kind, _start(start_of, match)
    raise _error(
        f"{text!r} names no period", "write 2026-03-31 (day), 2026-W14 (ISO week), 2026-03 (month) or 2026-Q1 (quarter)"
    )


def _start(start_of: Callable[[re.Match[str]], date], match: re.Match[str]) -> date:
    try:
        return start_of(match)
    except ValueError as error:
        raise _error(f"{match.string!r} names no period: {str(error).lower()}") from None


def _error(what: str, todo: str = "") -> InputError:
    return InputError.of(what, todo, code="input.period")


def _midnight(day: date, timezone: str) -> datetime:
    # Where midnight does not exist (a clock put forward at 00:00), the UTC instant below is the first one of the day;
    # where it happens twice, fold=0 takes the first.
    return datetime.combine(day, time(), tzinfo=zone(timezone)).astimezone(UTC)


def _month_after(start: date, months: int) -> date:
    years, month = divmod(start.month - 1 + months, 12)
    return date(start.year + years, month + 1, 1)


def _week_id(start: date) -> str:
    year, week, _ = start.isocalendar()
    return f"{year:04}-W{week:02}"


_SPELLINGS: Mapping[PeriodKind, tuple[re.Pattern[str], Callable[[re.Match[str]], date]]] = MappingProxyType(
    {
        PeriodKind.DAY: (
            re.compile(r"(\d{4})-(\d\d)-(\d\d)", re.ASCII),
            lambda m: date(int(m[1]), int(m[2]), int(m[3])),
        ),
        PeriodKind.WEEK: (
            re.compile(r"(\d{4})-W(\d\d)", re.ASCII),
            lambda m: date.fromisocalendar(int(m[1]), int(m[2]), 1),
        ),
        PeriodKind.MONTH: (re.compile(r"(\d{4})-(\d\d)", re.ASCII), lambda m: date(int(m[1]), int(m[2]), 1)),
        PeriodKind.QUARTER: (
            re.compile(r"(\d{4})-Q([1-4])", re.ASCII),
            lambda m: date(int(m[1]), 3 * int(m[2]) - 2, 1),
        ),
    }
)
_START_OF: Mapping[PeriodKind, Callable[[date], date]] = MappingProxyType(
    {
        PeriodKind.DAY: lambda day: day,
        PeriodKind.WEEK: lambda day: day - timedelta(days=day.weekday()),
        PeriodKind.MONTH: lambda day: day.replace(day=1),
        PeriodKind.QUARTER: lambda day: date(day.year, day.month - (day.month - 1) % 3, 1),
    }
)
_END_OF: Mapping[PeriodKind, Callable[[date], date]] = MappingProxyType(
    {
        PeriodKind.DAY: lambda start: start + timedelta(days=1),
        PeriodKind.WEEK: lambda start: start + timedelta(days=7),
        PeriodKind.MONTH: lambda start: _month_after(start, 1),
        PeriodKind.QUARTER: lambda start: _month_after(start, 3),
    }
)
_ID_OF: Mapping[PeriodKind, Callable[[date], str]] = MappingProxyType(
    {
        PeriodKind.DAY: lambda start: start.isoformat(),
        PeriodKind.WEEK: _week_id,
        PeriodKind.MONTH: lambda start: f"{start.year:04}-{start.month:02}",
        PeriodKind.QUARTER: lambda start: f"{start.year:04}-Q{(start.month + 2) // 3}",
    }
)
