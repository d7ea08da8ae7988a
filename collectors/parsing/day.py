"""Which day the numbers of a date mean, with or without the name of a month."""

import re
from collections.abc import Set
from datetime import date
from typing import Literal

__all__ = ["NoDay", "day_of"]

NoDay = Literal["missing", "unclear", "unreadable"]


def day_of(text: str, months: Set[int]) -> date | NoDay:
    """Return the only day that numbers can mean, with the name of a month or without; or why there is none.

    It is `missing` where they are what software writes for no date, `unclear` where they are a part of a date or can
    mean several days, else `unreadable`.
    """
    numbers = re.findall(r"\d+", text)
    if numbers and not any(map(int, numbers)):
        return "missing"
    if len(numbers) != (2 if months else 3) or len(months) > 1:
        return "unclear" if months or any(len(number) == 4 for number in numbers) else "unreadable"
    orders = _with_name(numbers, *months) if months else _without_name(numbers, _separator(text))
    if any(len(year) != 2 and int(year) <= 1 for year, _, _ in orders):
        return "missing"  # the first year is what .NET and Go have for none, and PHP the one before
    days = {day for order in orders if (day := _made(*order)) is not None}
    if len(days) == 1:
        return days.pop()
    return "unclear" if days else "unreadable"


def _with_name(numbers: list[str], month: int) -> list[tuple[str, str, str]]:
    first, second = numbers
    return [(first, str(month), second) if len(first) > 2 else (second, str(month), first)]


def _without_name(numbers: list[str], separator: str) -> list[tuple[str, str, str]]:
    """The (year, month, day) that three numbers may be. Between points the day comes first, wherever those are used."""
    first, second, third = numbers
    year_first, day_first, month_first = (first, second, third), (third, second, first), (third, first, second)
    if len(first) > 2:
        return [year_first]
    if len(third) > 2:
        return [day_first] if separator == "." and int(second) <= 12 else [day_first, month_first]
    return [year_first, day_first, month_first]


def _made(year: str, month: str, day: str) -> date | None:
    century = 0 if len(year) != 2 else 1900 if int(year) >= 69 else 2000  # as POSIX has it
    try:
        return date(century + int(year), int(month), int(day))
    except ValueError:
        return None


def _separator(text: str) -> str:
    found = re.search(r"\d+\s*([^\s\d]?)", text)
    return found[1] if found else ""
