"""The two forms of a chaos test: short in every run of the tests, long by GATEWAY_CHAOS=long."""

import os

reported: list[str] = []
"""Closing lines, shown at the end of the run."""


def rounds(short: int, long: int) -> int:
    """How often the worst is done."""
    return long if os.environ.get("GATEWAY_CHAOS") == "long" else short


def report(line: str) -> None:
    """Show the figures of a test at the end of the run, also when it was well."""
    reported.append(line)
