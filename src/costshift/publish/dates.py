"""Months and days as a pack writes them."""

from __future__ import annotations

import datetime as dt

# Own names: those of the standard library follow the machine's locale.
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def month_name(month: dt.date) -> str:
    """March 2025."""
    return f"{_MONTHS[month.month - 1]} {month.year}"


def short_month(month: dt.date) -> str:
    """Mar 25, never broken over two lines."""
    return f"{_MONTHS[month.month - 1][:3]}\N{NO-BREAK SPACE}{month.year % 100:02d}"


def day_name(day: dt.date) -> str:
    """31 March 2025."""
    return f"{day.day} {month_name(day)}"
