"""Times of the story: whole seconds since 1970, UTC. In March 2026 Dublin keeps UTC until the 29th."""

import calendar as _calendar
import time as _time

HOUR, DAY = 3_600, 86_400


def at(text):
    """Seconds of `2026-03-02T14:03:22Z` (seconds may be left out)."""
    text = text.rstrip("Z")
    return _calendar.timegm(_time.strptime(text if text.count(":") == 2 else text + ":00", "%Y-%m-%dT%H:%M:%S"))


def iso(when):
    """`2026-03-02T14:03:22Z`."""
    return _time.strftime("%Y-%m-%dT%H:%M:%SZ", _time.gmtime(when))


def spoken(when):
    """`Mar 2, 2026, 2:03:22 PM`, as responseElements write times. No locale is asked."""
    moment = _time.gmtime(when)
    month = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()[moment.tm_mon - 1]
    half = "PM" if moment.tm_hour >= 12 else "AM"
    return (
        f"{month} {moment.tm_mday}, {moment.tm_year}, "
        f"{moment.tm_hour % 12 or 12}:{moment.tm_min:02d}:{moment.tm_sec:02d} {half}"
    )


LOGS_FROM, LOGS_TO = at("2026-03-01T18:00"), at("2026-03-16T03:00")
WINDOW_FROM, WINDOW_TO = at("2026-03-02T00:00"), at("2026-03-16T00:00")
STOPPED_FROM, STOPPED_TO = at("2026-03-09T10:00"), at("2026-03-09T13:00")


def weekday(day):
    """0 for Monday; `day` is the first second of a day."""
    return _time.gmtime(day).tm_wday
