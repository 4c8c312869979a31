"""The forms of single values; `Meta.extra["plain"]` is the form in the words of a person."""

from typing import Annotated, Literal

from msgspec import Meta

from gateway.config.units import SIZE, TIME

Seconds = Annotated[
    float,
    Meta(
        extra={"plain": "a time such as 500ms, 10s, 15min, 2h or 14d", "measure": TIME},
        extra_json_schema={"also": {"type": "string", "pattern": TIME.pattern}},
    ),
]
"""A number of seconds, or a text with a unit; once loaded always a number. Has no range itself."""

Size = Annotated[
    int,
    Meta(
        extra={"plain": "a size such as 500kB, 512MB or 2GB", "measure": SIZE},
        extra_json_schema={"also": {"type": "string", "pattern": SIZE.pattern}},
    ),
]
"""A whole number of bytes, or a text with a unit; once loaded always a number. Has no range."""

Name = Annotated[
    str,
    Meta(
        pattern="^[a-z0-9]([a-z0-9-]*[a-z0-9])?$",
        max_length=40,
        extra={
            "plain": "a name of a-z, 0-9 and inner hyphens, at most 40 characters",
            "slug": True,
        },
    ),
]
"""A name that is fit to be one level of a topic."""

TopicPrefix = Annotated[
    str,
    Meta(
        pattern="^[a-z0-9_-]+(/[a-z0-9_-]+)*$",
        max_length=100,
        extra={"plain": "topic levels of a-z, 0-9, - and _, with / between them"},
    ),
]
"""The first levels of topics."""

PREFIX = "udp/v1"
"""They are these unless configured otherwise."""

RankName = Annotated[
    Literal["diagnostic", "gauge", "state", "count", "alarm"],
    Meta(extra={"plain": "diagnostic, gauge, state, count or alarm"}),
]
"""A `drivers.quantities.Rank` in small letters, the lowest first."""

TimeOfDay = Annotated[
    str,
    Meta(
        pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$",
        extra={"plain": 'a time of day such as "03:00"'},
    ),
]
"""Of local civil time, HH:MM from 00:00 to 23:59; `datetime.time.fromisoformat` reads it."""

Moment = Annotated[
    str,
    Meta(
        pattern="^20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(Z|[+-][0-9]{2}:[0-9]{2})$",
        extra={"plain": "a moment such as 2026-11-24T18:00:00Z or 2026-11-24T19:00:00+01:00"},
    ),
]
"""RFC 3339 of this century, to the second; whether there is such a day is checked beside it."""

TimezoneName = Annotated[
    str,
    Meta(
        pattern="^[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*$",
        max_length=64,
        extra={"plain": 'an IANA time zone such as "Europe/Berlin"'},
    ),
]
"""A name of the IANA data base; whether there is such a zone is checked beside it."""

Text = Annotated[str, Meta(min_length=1, extra={"plain": "text that is not empty"})]
AbsolutePath = Annotated[str, Meta(pattern="^/", extra={"plain": "a path that begins with /"})]
