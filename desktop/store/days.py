"""Days as people and programs write them. Whether "3/4/2026" is in March or in April, all days of a file decide."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

_MONTHS = {
    name: i
    for i, name in enumerate(
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], 1
    )
}
#: Year first, as computers write it; what follows (a time) does not matter.
_YEAR_FIRST = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)")
_COMPACT = re.compile(r"(20\d\d)(\d\d)(\d\d)(?!\d)")
_YEAR_LAST = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4}|\d{2})(?!\d)")
_DAY_NAMED_MONTH = re.compile(
    r"(\d{1,2})(?:st|nd|rd|th)?[-/ .]+([a-z]{3})[a-z]*[-/ .,]+(\d{4}|\d{2})(?!\d)", re.I
)
_NAMED_MONTH_DAY = re.compile(r"([a-z]{3})[a-z]*[-/ .]+(\d{1,2})(?:st|nd|rd|th)?[-/ .,]+(\d{4})(?!\d)", re.I)
#: Where the month stands first in everyday life (CLDR 48), told by the shop's money.
_MONTH_FIRST_MONEY = frozenset({"USD", "PHP"})


@dataclass(frozen=True, slots=True)
class Days:
    """How the days of one file are to be read."""

    month_first: bool

    @classmethod
    def of(cls, texts: Iterable[str], currency: str) -> Days:
        """Months go to 12, so a part above 12 tells; where none does, the habit of the shop's money."""
        day_first = month_first = 0
        for text in texts:
            parts = _YEAR_LAST.match(text)
            if parts:
                day_first += int(parts[1]) > 12
                month_first += int(parts[2]) > 12
        if day_first == month_first:
            return cls(currency in _MONTH_FIRST_MONEY)
        return cls(month_first > day_first)

    def read(self, text: str) -> date | None:
        """The day, or None if there is none to be read."""
        if parts := _YEAR_FIRST.match(text) or _COMPACT.match(text):
            year, month, day = (int(part) for part in parts.groups())
        elif parts := _YEAR_LAST.match(text):
            first, second, year = (int(part) for part in parts.groups())
            day, month = (second, first) if self.month_first else (first, second)
        elif parts := _DAY_NAMED_MONTH.match(text):
            day, month, year = int(parts[1]), _MONTHS.get(parts[2].casefold(), 0), int(parts[3])
        elif parts := _NAMED_MONTH_DAY.match(text):
            month, day, year = _MONTHS.get(parts[1].casefold(), 0), int(parts[2]), int(parts[3])
        else:
            return None
        try:
            return date(year + 2000 if year < 100 else year, month, day)
        except ValueError:
            return None
