"""Days and years as numbers of periods, and back: a year, a month or a day is one."""

import re
from datetime import date
from math import inf
from typing import Literal

Unit = Literal["year", "month", "day"]

_DATE = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?")
_NEVER = {1: -inf, 9999: inf}  # the years that stand for what is not bounded


def of_day(day: date, unit: Unit) -> float:
    """The period that a day lies in: its year; months, or days, since the year 0."""
    if unit == "year":
        return day.year
    return day.year * 12 + day.month - 1 if unit == "month" else day.toordinal()


def of_bound(text: str, unit: Unit) -> float:
    """The period of a computed bound such as 2021-12-31; infinite in the years 1 and 9999."""
    day = date.fromisoformat(text)
    return _NEVER.get(day.year, of_day(day, unit))


def of_text(text: str, unit: Unit) -> tuple[float, float]:
    """First and last period of what a file says: a date as told, or any number.

    2021 in months is twelve of them; in years, it is one, as is 2021-05-03. Raises ValueError with
    a sentence when it is neither.
    """
    text = text.strip()
    if match := _DATE.fullmatch(text):
        year, month, day = (int(part) if part else None for part in match.groups())
        try:
            assert year is not None
            first = date(year, month or 1, day or 1)
            last = first if day else _last(year, month)
        except ValueError:
            raise ValueError(f"{text} is no day of the calendar") from None
        return of_day(first, unit), of_day(last, unit)
    try:
        number = float(text)
    except ValueError:
        raise ValueError(
            f"{text!r} is neither a date such as 2021, 2021-05 or 2021-05-03 nor a number"
        ) from None
    if number != number:
        raise ValueError("nan is no time")
    return number, number


def _last(year: int, month: int | None) -> date:
    """The last day of a month, or of the year without one."""
    if month in (None, 12):
        return date(year, 12, 31)
    assert month is not None
    return date.fromordinal(date(year, month + 1, 1).toordinal() - 1)


def told(period: float, unit: Unit) -> str:
    """A period as people write it; "" where it is not known or not bounded."""
    if period != period or period in (-inf, inf):
        return ""
    if period != int(period) or unit == "year":
        return f"{period:g}"
    if unit == "month":
        year, month = divmod(int(period), 12)
        return f"{year:04}-{month + 1:02}"
    return date.fromordinal(int(period)).isoformat()


def last_day(period: float, unit: Unit) -> float:
    """The last day of a period, as the ordinal that is the period of that day."""
    if unit == "day":
        return period
    if unit == "year":
        return _last(int(period), None).toordinal()
    year, month = divmod(int(period), 12)
    return _last(year, month + 1).toordinal()


def of_ordinal(day: float, unit: Unit) -> float:
    """The period that a day, told by its ordinal, lies in."""
    return of_day(date.fromordinal(int(day)), unit)
