"""Times of an EHR's audit log: ISO 8601, US forms, or a format that is given."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from evalkit.errors import InputError, did_you_mean
from evalkit.records import Record

US = tuple(
    f"%m/%d/{year} {clock}"
    for year in ("%Y", "%y")
    for clock in ("%I:%M:%S.%f %p", "%I:%M:%S %p", "%I:%M %p", "%H:%M:%S.%f", "%H:%M:%S", "%H:%M")
)
"""Month first: 3/4/2025 is March 4."""


class Clock(Record):
    """How times are written: `zone` is where a time without one was taken, `format` as for
    `strptime`; without it ISO 8601 and the US forms are tried."""

    zone: str = "UTC"
    format: str = ""

    def milliseconds(self, text: str) -> int:
        """Milliseconds since 1970.

        Raises ValueError, without the text, for a time that cannot be read, that never was in its
        zone (clocks were set forward over it), or that lies before 1970.

        >>> Clock(zone="America/New_York").milliseconds("3/4/2025 2:30:00 PM")
        1741116600000
        """
        found = self._read(text.strip())
        if found.tzinfo is None:
            found = _placed(found, zone_named(self.zone))
        at = round(found.timestamp() * 1000)
        if at < 0:
            raise ValueError("a time before 1970")
        return at

    def _read(self, text: str) -> datetime:
        if self.format:
            try:
                return datetime.strptime(text, self.format)
            except ValueError:
                raise ValueError("not a time of the format that --time-format gives") from None
        try:
            if ":" in text:
                return datetime.fromisoformat(text)
        except ValueError:
            pass
        for form in US:
            try:
                return datetime.strptime(text, form)
            except ValueError:
                continue
        raise ValueError(
            "not a time such as 2025-03-04T14:30:00 or 3/4/2025 2:30 PM (or give --time-format)"
        )


def zone_named(name: str) -> tzinfo:
    """A time zone by its IANA name."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        close = did_you_mean("time zone", name, available_timezones())
        what = close.partition(" (have:")[0]
        raise InputError(what, field="--timezone", fix="a name such as America/New_York") from None


def _placed(naive: datetime, zone: tzinfo) -> datetime:
    """A wall-clock time in its zone; of an hour that came twice, the first."""
    found = naive.replace(tzinfo=zone)
    if found.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != naive:
        raise ValueError("a time that the zone's clocks skipped; is the zone right?")
    return found
