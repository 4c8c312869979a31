"""What is said between a node and any AT modem. Bytes in, bytes out: no port and no clock.

Theory, lines: a modem says lines, and each is one of these: part of the answer to the open
question, an event, which may come between any two lines (a downlink, "joined", what became of an
uplink), the banner of a modem that has restarted, or a stray. Which it is follows from the dialect
and from the open question alone. Strays and echoes are counted and dropped; nothing that arrives is
an error by itself, and nothing that is kept grows without bound.

Theory, questions: there is one at a time. An answer begins with the line `first`, by which the
modem says that it has heard this question, goes on with lines like `more`, and ends with `last`;
without a `last` the first line is all of it. What looks like `last` and comes before `first`
belongs to an older question. A modem takes a new exchange only when the old one is over, so what
became of an old uplink never comes between `first` and `last` of a new one.

Theory, late answers: a modem answers in the order in which it was asked, and later than a minute
never. A question that was not answered in time leaves doubt: its answer may still come, and "OK" is
like any other "OK". So before the next question a harmless one is asked, whose answer is like none
that may still be on its way, and all that comes before that answer is dropped. By the order nothing
old can come after it. Where every harmless question is itself unanswered, only silence tells:
nothing is asked until for a minute nothing was asked and nothing came. A call does not wait for so
long; it ends as SILENT, and a later one goes on.

Theory, restarts: a modem that restarts has forgotten the open question, and perhaps its session and
settings. Nobody knows what became of an uplink then, so the exchange ends as RESTARTED. One that
restarts while nobody asks lets the next exchange end so, before anything is written. A banner is
nothing special to who has just opened the port and knows nothing yet; where a question is answered
by the very same line, that holds until another kind of answer has come.
"""

import re
from collections import deque
from enum import StrEnum
from typing import NamedTuple

from drivers.lorawan.lines import Lines

MOST_EVENTS = 64
MOST_LINES = 64
LATEST_NS = 60_000_000_000
"""No answer comes so long after its question."""
_LAST_STRAYS = 3
_DRAINING_NS = 3_000_000_000


class Question(NamedTuple):
    """A command, and what its answer looks like. Patterns stand for whole lines."""

    command: str
    first: re.Pattern[str]
    last: re.Pattern[str] | None = None
    more: re.Pattern[str] | None = None
    within_s: float = 4.0


class Dialect(NamedTuple):
    """What a family says. `refused`, `restarted`, `events` and `first` are of whole lines.

    `harmless`: questions that change nothing, with answers that differ from each other and, where
    that can be, from those of all other questions. `wake`: what wakes one that sleeps.
    """

    refused: re.Pattern[str]
    restarted: re.Pattern[str]
    events: re.Pattern[str]
    harmless: tuple[Question, ...]
    wake: bytes = b""


class End(StrEnum):
    """How an exchange has ended."""

    ANSWERED = "answered"
    REFUSED = "refused"
    SILENT = "silent"
    RESTARTED = "restarted"


class Outcome(NamedTuple):
    """`lines`: the answer; of a refusal its last line says why."""

    end: End
    lines: tuple[str, ...] = ()


class Dialogue:
    """`ask`, then `step` with what has arrived until there is an `outcome`. Times are in ns."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._events: deque[str] = deque(maxlen=MOST_EVENTS)
        self._late: set[re.Pattern[str]] = set()
        self._asked_ns = self._heard_ns = 0
        self.forget()

    def forget(self) -> None:
        """The port was opened anew: nothing is known of the modem but which answers it owes."""
        self._lines = Lines()
        self._events.clear()
        self.strays: deque[str] = deque(maxlen=_LAST_STRAYS)
        self.dropped = self.bytes = 0
        self.outcome: Outcome | None = None
        self._goal: Question | None = None
        self._open: Question | None = None
        self._answer: list[str] = []
        self._doubtful = self._fresh = True
        self._settling = self._restarted = False
        self._due_ns = self._drained_ns = 0
        self._draining = False

    def ask(self, question: Question, now_ns: int) -> bytes:
        """Begin an exchange; returns what is to be written."""
        self.outcome = None
        self.strays.clear()
        self.dropped = self.bytes = 0
        if self._restarted:
            self._restarted, self._doubtful = False, True
            self.outcome = Outcome(End.RESTARTED)
            return b""
        self._goal = question
        return self._settle(now_ns) if self._doubtful else self._pose(question, now_ns)

    def step(self, data: bytes, now_ns: int) -> bytes:
        """Take in what has arrived, and the time; returns what is to be written."""
        self.bytes += len(data)
        if data:
            self._heard_ns = now_ns
        write = b""
        for line in self._lines.feed(data):
            write += self._take(line, now_ns)
        return write + self._look_at_the_clock(now_ns)

    @property
    def restarted(self) -> bool:
        """Whether it has restarted while nobody asked it anything; the next exchange says so."""
        return self._restarted

    def take_events(self) -> list[str]:
        """What has come by itself since the last call, oldest first."""
        events = list(self._events)
        self._events.clear()
        return events

    def _pose(self, question: Question, now_ns: int) -> bytes:
        self._open, self._answer, self._asked_ns = question, [], now_ns
        self._due_ns = now_ns + round(question.within_s * 1e9)
        return question.command.encode("ascii") + b"\r\n"

    def _settle(self, now_ns: int) -> bytes:
        """Ask what cannot be mistaken; if nothing is left of that, wait for silence first."""
        self._settling = True
        left = [one for one in self._dialect.harmless if one.first not in self._late]
        if not left:
            self._draining, self._open = True, None
            self._drained_ns = now_ns + _DRAINING_NS
            return self._drain(now_ns)
        return self._dialect.wake + b"\r\n" + self._pose(left[0], now_ns)

    def _take(self, line: str, now_ns: int) -> bytes:
        question = self._open
        if question is None:
            self._put_aside(line)
        elif line == question.command:
            pass  # an echo
        elif self._is_answer(question, line):
            self._answer = [*self._answer[: MOST_LINES - 1], line]
            if (question.last or question.first).fullmatch(line):
                return self._answered(line, now_ns)
        elif self._dialect.refused.fullmatch(line) and not self._settling:
            self._end(Outcome(End.REFUSED, (*self._answer, line)))
        else:
            self._put_aside(line)
        return b""

    def _is_answer(self, question: Question, line: str) -> bool:
        if not self._answer:
            return question.first.fullmatch(line) is not None
        patterns = (question.more, question.last)
        return any(one is not None and one.fullmatch(line) for one in patterns)

    def _answered(self, line: str, now_ns: int) -> bytes:
        if not self._settling:
            self._fresh = self._fresh and self._dialect.restarted.fullmatch(line) is not None
            self._end(Outcome(End.ANSWERED, tuple(self._answer)))
            return b""
        self._settling = self._doubtful = False
        self._late.clear()
        assert self._goal is not None  # what is settled was asked for
        return self._pose(self._goal, now_ns)

    def _put_aside(self, line: str) -> None:
        if self._dialect.restarted.fullmatch(line) and not self._fresh:
            self._restart()
        elif self._dialect.events.fullmatch(line):
            self._events.append(line)
        else:
            self.dropped += 1
            self.strays.append(line)

    def _restart(self) -> None:
        self._doubtful = True
        if self._goal is None:
            self._restarted = True
        else:
            self._end(Outcome(End.RESTARTED))

    def _end(self, outcome: Outcome) -> None:
        self.outcome = outcome
        self._goal = self._open = None
        self._settling = self._draining = False

    def _look_at_the_clock(self, now_ns: int) -> bytes:
        if self._draining:
            return self._drain(now_ns)
        if self._open is None or now_ns < self._due_ns:
            return b""
        self._doubtful = True
        if any(self._open.first == one.first for one in self._dialect.harmless):
            self._late.add(self._open.first)
        if self._settling and len(self._late) < len(self._dialect.harmless):
            return self._settle(now_ns)
        self._end(Outcome(End.SILENT))
        return b""

    def _drain(self, now_ns: int) -> bytes:
        if now_ns - max(self._asked_ns, self._heard_ns) >= LATEST_NS:
            self._draining = False
            self._late.clear()
            return self._settle(now_ns)
        if now_ns >= self._drained_ns:
            self._end(Outcome(End.SILENT))
        return b""
