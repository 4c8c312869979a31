"""A broker whose ACL denies `data`: what the node says of it, keeps, and does once it is cured.

MQTT 5 says that a publish was denied (PUBACK 0x87); in 3.1.1 it looks like success.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.chaos.form import report
from tests.chaos.outpost import UPLINK, Arrived, Outpost, Pulse
from tests.mosquitto import Mosquitto, StartMosquitto
from tests.waiting import until

pytestmark = pytest.mark.mosquitto

PULSE = Pulse(1, 3, "100ms")
BROKER = "allow_anonymous true\nacl_file {acl}\n"
READ = "topic read #\n"
ALL = f"{READ}topic write #\n"
NO_DATA = READ + "".join(
    f"topic write udp/v1/+/+/{topic}\n"
    for topic in ("status", "meta", "audit", "health", "reply", "live/#", "cmd/#")
)
FORBIDDEN_S = 2.0
DENIED = "may not deliver"
OLD = "speaks MQTT 3.1.1, where a refused publish looks like success"


class Acl:
    """Of a running broker."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.file.write_text(ALL)

    def change(self, broker: Mosquitto, text: str) -> None:
        """It holds for those who are connected, too."""
        before = broker.log.read_text().count("Reloading config")
        self.file.write_text(text)
        broker.reload()
        until(
            lambda: broker.log.read_text().count("Reloading config") > before, broker.log.read_text
        )


@pytest.fixture
def acl(tmp_path: Path) -> Acl:
    return Acl(tmp_path / "acl")


@pytest.fixture
def outpost(tmp_path: Path, mosquitto: StartMosquitto, acl: Acl) -> Iterator[Outpost]:
    outpost = Outpost(tmp_path, mosquitto(BROKER.format(acl=acl.file)), PULSE, UPLINK)
    yield outpost
    outpost.close()


def found(outpost: Outpost) -> dict[str, Any]:
    """What `gateway status` finds wrong with the uplink, by its problem."""
    findings = outpost.ask("status")["findings"]
    return {one["problem"]: one for one in findings if one["about"] == "uplink city"}


def diagnosed(outpost: Outpost) -> set[str]:
    """The problems that `gateway doctor` tells."""
    checks = outpost.ask("doctor")["checks"]
    return {one["problem"] for check in checks for one in check["findings"]}


def rows(outpost: Outpost) -> int:
    """In the log on disk."""
    return int(outpost.ask("buffer", "show")["rows"])


def deliver(outpost: Outpost) -> None:
    """Wait until as much is delivered as there is by now."""
    there = outpost.given_out()
    until(lambda: outpost.uplink()["delivered"] > there, lambda: told(outpost))


def told(outpost: Outpost) -> str:
    return outpost.daemon.log.read_text()


def audited(outpost: Outpost) -> None:
    """Wait until the consumer was told of all that is delivered."""
    before = Arrived(outpost.heard).audited_to
    outpost.report_status()
    until(lambda: Arrived(outpost.heard).audited_to > before, lambda: told(outpost))


def test_what_is_denied_is_kept_and_goes_out_once_it_is_allowed(outpost: Outpost, acl: Acl) -> None:
    outpost.collect()
    outpost.start(FORBIDDEN_S)
    until(lambda: outpost.uplink()["delivered"] > 0, lambda: told(outpost))
    pid, connects = outpost.daemon.status()["pid"], len(outpost.connects())
    acl.change(outpost.broker, NO_DATA)
    until(lambda: DENIED in found(outpost), lambda: told(outpost))
    finding = found(outpost)[DENIED]
    assert "not authorised; nothing is lost" in finding["evidence"]
    assert "ACL" in finding["cure"]
    assert DENIED in diagnosed(outpost)
    given_out, delivered = outpost.given_out(), outpost.uplink()["delivered"]
    until(lambda: outpost.given_out() > given_out + 200, lambda: told(outpost))
    assert outpost.uplink()["state"] == "connected"
    until(lambda: rows(outpost) > given_out + 200, lambda: told(outpost))
    assert outpost.uplink()["backlog"] >= 200
    assert outpost.uplink()["delivered"] == delivered
    acl.change(outpost.broker, ALL)
    deliver(outpost)
    until(lambda: DENIED not in found(outpost), lambda: told(outpost))
    assert (outpost.daemon.status()["pid"], len(outpost.connects())) == (pid, connects)
    audited(outpost)
    code, judged = outpost.audit("--file", str(outpost.heard))
    assert (code, judged["judgement"]) == (0, "complete"), judged
    arrived = Arrived(outpost.heard)
    assert (arrived.doubled, arrived.contradictions) == ([], set())
    denials = outpost.broker.log.read_text().count("Denied PUBLISH")
    report(
        f"forbidden: {denials} publishes were denied; all of {len(arrived.entries)} readings "
        "arrived over the same connection"
    )


def test_with_311_the_loss_is_told_by_the_audit_and_repaired(
    outpost: Outpost, acl: Acl, tmp_path: Path
) -> None:
    outpost.wire.know_only_311()
    outpost.collect()
    outpost.start(FORBIDDEN_S)
    until(lambda: outpost.uplink()["delivered"] > 0, lambda: told(outpost))
    # p2: so mosquitto calls 3.1.1
    assert "(p2," in outpost.connects()[-1]
    assert OLD in found(outpost)
    assert OLD in diagnosed(outpost)
    acl.change(outpost.broker, NO_DATA)
    deliver(outpost)
    assert set(found(outpost)) == {OLD}  # nothing tells the node that all of this is lost
    acl.change(outpost.broker, ALL)
    audited(outpost)
    arrived = Arrived(outpost.heard)
    lost = set(range(1, arrived.audited_to + 1)) - arrived.numbers
    assert len(lost) >= 30
    state = tmp_path / "state"
    code, before = outpost.audit("--file", str(outpost.heard), "--state", str(state))
    missing = before["epochs"][0]["missing"]
    assert (code, missing["n"]) == (1, len(lost))
    code, repaired = outpost.repair("--state", str(state))
    assert code == 0, repaired
    until(lambda: lost <= Arrived(outpost.heard).numbers, lambda: told(outpost))
    assert len(outpost.connects()) == 1
    report(f"forbidden with 3.1.1: {len(lost)} readings lost in silence, named and repaired")
