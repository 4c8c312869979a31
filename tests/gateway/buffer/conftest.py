"""A node for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.gateway.buffer.node import Node


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    """Its log is closed when the test is over."""
    made = Node(tmp_path)
    yield made
    made.stop()
