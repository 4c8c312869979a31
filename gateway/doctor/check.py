"""What one check has found, in the form that people and programs are told."""

from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

import msgspec

from gateway.clock import Clock
from gateway.config import Config
from gateway.model import Finding
from gateway.status import Status


class Verdict(StrEnum):
    """How it is; `not_looked_at` says nothing about that."""

    WELL = "well"
    FINDING = "finding"
    NOT_LOOKED_AT = "not_looked_at"


class Check(msgspec.Struct, frozen=True):
    """One thing that was looked at, the evidence in one line, and what is wrong with it.

    A finding that an earlier check has told is not repeated, so `findings` may be empty.
    """

    name: str
    verdict: Verdict
    evidence: str
    findings: list[Finding] = []


class Node(NamedTuple):
    """What checks look at; `status` is that of the running daemon, None if there is none."""

    config: Config
    clock: Clock
    status: Status | None

    @property
    def log(self) -> Path:
        """The file of the log."""
        return Path(self.config.buffer.path)

    @property
    def runtime_dir(self) -> Path:
        """Where the journal is."""
        return Path(self.config.node.runtime_dir)

    def finding(self, about: str, problem: str, evidence: str, cure: str) -> Finding:
        """One that is seen now."""
        return Finding(about, problem, self.clock.now_ns(), evidence, cure)


def well(name: str, evidence: str) -> Check:
    """Nothing is wrong with it."""
    return Check(name, Verdict.WELL, evidence)


def ill(name: str, finding: Finding) -> Check:
    """That is wrong with it, which is all that was seen."""
    return Check(name, Verdict.FINDING, f"{finding.problem}: {finding.evidence}", [finding])


def unseen(name: str, why: str) -> Check:
    """It could not be looked at."""
    return Check(name, Verdict.NOT_LOOKED_AT, why)


def judged(name: str, evidence: str, findings: list[Finding]) -> Check:
    """Well if nothing was found."""
    return Check(name, Verdict.FINDING if findings else Verdict.WELL, evidence, findings)
