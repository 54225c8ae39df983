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

__all__ = ["Period", "zone"]


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
    end: date = field()
    timezone: str = field(default="UTC")

    @end.validator
    def _check_end(self, attribute: "Attribute[date]", value: date) -> None:
        if value <= self.start:
            msg = f"a period ends after it starts: {self.id} from {self.start} to {value}"
            raise ValueError(msg)

    @timezone.validator
    def _check_timezone(self, attribute: "Attribute[str]", value: str) -> None:
        zone(value)

    @classmethod
    def parse(cls, text: str, timezone: str = "UTC") -> Self:
        """The period that an id names.

        Raises:
            ValueError: The text names no period, or the zone is unknown.
        """
        for kind, (pattern, start_of) in _SPELLINGS.items():
            match = pattern.fullmatch(text)
            if match:
                return cls._from_start(kind, _valid(start_of, match, text), timezone)
        examples = "2026-03-31 (day), 2026-W14 (ISO week), 2026-03 (month) or 2026-Q1 (quarter)"
        raise ValueError(f"{text!r} names no period; write {examples}")

    @classmethod
    def containing(cls, day: date, kind: PeriodKind, timezone: str = "UTC") -> Self:
        """The period of a kind in which a day lies."""
        return cls._from_start(kind, _START_OF[kind](day), timezone)

    @classmethod
    def _from_start(cls, kind: PeriodKind, start: date, timezone: str) -> Self:
        return cls(id=_ID_OF[kind](start), kind=kind, start=start, end=_END_OF[kind](start), timezone=timezone)

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
            return self.start_instant <= moment < self.end_instant
        return self.start <= moment < self.end

    def day_of(self, moment: datetime) -> date:
        """The day on which an instant falls in this period's zone."""
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


def zone(name: str) -> ZoneInfo:
    """The time zone of that name.

    Raises:
        ValueError: No such zone.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        msg = f"{name!r} is not a time zone; write an IANA name such as UTC or America/New_York"
        raise ValueError(msg) from error


def _midnight(day: date, timezone: str) -> datetime:
    # Where midnight does not exist (a clock put forward at 00:00), the UTC instant below is the first one of the day;
    # where it happens twice, fold=0 takes the first.
    return datetime.combine(day, time(), tzinfo=zone(timezone)).astimezone(UTC)


def _valid(start_of: Callable[[re.Match[str]], date], match: re.Match[str], text: str) -> date:
    try:
        return start_of(match)
    except ValueError as error:
        msg = f"{text!r} names no period: {error}"
        raise ValueError(msg) from error


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
