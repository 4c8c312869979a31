"""A node, a disk and a journal for each test."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from gateway.buffer.journal import Journal
from tests.gateway.buffer.disk import Disk
from tests.gateway.buffer.journals import HELD
from tests.gateway.buffer.node import Node


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    """Its log is closed when the test is over."""
    made = Node(tmp_path)
    yield made
    made.stop()


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    """Of every log that is opened."""
    return Disk(monkeypatch)


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    """Of the boot b1, begun anew, without a row."""
    with closing(Journal(tmp_path, "b1")) as opened:
        opened.rewrite(HELD)
        yield opened
