"""The closing lines of the chaos tests."""

import pytest

from tests.chaos import form


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if form.reported:
        terminalreporter.section("chaos")
        for line in form.reported:
            terminalreporter.write_line(line)
