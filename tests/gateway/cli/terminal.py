"""`gateway count-check` at a terminal, beside a wall clock that somebody vouches for."""

import os
import pty
import re
import signal
import subprocess
import termios
import threading
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from tests.chaos.wall import Wall
from tests.e2e.daemon import GATEWAY
from tests.waiting import until


class Terminal:
    """The verb at a terminal; what it says there is collected."""

    def __init__(self, config: str, folder: Path, *words: str, vouched: bool = True) -> None:
        wall = Wall(folder)
        wall.set(0, synchronised=vouched)
        self._ours, theirs = pty.openpty()
        self.before = termios.tcgetattr(theirs)
        self._theirs = theirs
        command = [GATEWAY, "count-check", "door", *words]
        self._process = subprocess.Popen(
            [*command, "--config", config],
            stdin=theirs,
            stdout=subprocess.PIPE,
            stderr=theirs,
            env={**os.environ, **wall.env(), "TZ": "Asia/Kathmandu"},
            start_new_session=True,
        )
        self._seen = b""
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    @property
    def seen(self) -> str:
        return self._seen.decode()

    @property
    def line(self) -> str:
        """What the line that is written over says."""
        return self.seen.rpartition("\x1b[K")[2]

    def press(self, keys: str) -> None:
        os.write(self._ours, keys.encode())

    def interrupt(self) -> None:
        self._process.send_signal(signal.SIGINT)

    def shows(self, text: str) -> None:
        until(lambda: re.search(text, self.line), lambda: self.seen)

    def begins_s(self) -> int:
        """UTC of the first window, as told: a time of day and its zone."""
        until(lambda: "begin to count at" in self.seen and "ends" in self.seen, lambda: self.seen)
        [(told, zone)] = re.findall(r"begin to count at ([\d:]+) \((\S+)\),", self.seen)
        parts = [int(part) for part in told.split(":")]
        of_day = sum(part * size for part, size in zip(parts, (3600, 60, 1), strict=False))
        now = datetime.now(ZoneInfo(zone))
        now_s = now.hour * 3600 + now.minute * 60 + now.second
        return int(now.timestamp()) + (of_day - now_s + 43_200) % 86_400 - 43_200

    def ended(self) -> tuple[int, str]:
        """Its exit code and what it has answered; the terminal is as it was."""
        assert self._process.stdout is not None
        answer = self._process.stdout.read().decode()
        self._process.stdout.close()
        code = self._process.wait(60)
        after = termios.tcgetattr(self._theirs)
        os.close(self._theirs)
        self._reader.join()
        assert after == self.before
        return code, answer

    def _read(self) -> None:
        while part := _part(self._ours):
            self._seen += part
        os.close(self._ours)


def _part(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 65_536)
    except OSError:  # EIO: nobody has it open any more
        return b""
