"""The two ways to tell a real mosquitto of a fleet, alike to whoever tests the rights.

Users log in with one password, or with what `Login` says. OPERATOR is a user that the fleet knows
nothing of and that may publish anything.
"""

import json
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from gateway.fleet import Fleet, acl, dynsec
from tests.gateway.fleet.client import Client
from tests.mosquitto import Mosquitto, StartMosquitto, dynamic_security, program
from tests.waiting import until

PASSWORD = "only-for-this-test"
OPERATOR = "operator"


@dataclass(frozen=True)
class Login:
    """How clients say who they are: lines of the broker's configuration, and a connection."""

    config: str
    connect: Callable[[Mosquitto, str], Client]


def _by_password(broker: Mosquitto, user: str) -> Client:
    return Client(broker, user, PASSWORD)


BY_PASSWORD = Login("allow_anonymous false\n", _by_password)


class Told(Protocol):
    """A running broker that was told of a fleet."""

    broker: Mosquitto

    def tell(self, fleet: Fleet) -> None:
        """Tell it of this one instead."""

    def let_in(self, *users: str) -> None:
        """Let them log in with PASSWORD; what they may do is not touched."""

    def client(self, user: str) -> Client:
        """A connection of this user."""


class ByFile:
    """By `acl_file`, and `password_file` for who has a password."""

    def __init__(
        self, start: StartMosquitto, folder: Path, fleet: Fleet, login: Login = BY_PASSWORD
    ) -> None:
        self._connect = login.connect
        self._acl, self._passwords = folder / "fleet.acl", folder / "passwords"
        self._passwords.touch(mode=0o600)
        self._write(fleet)
        files = f"password_file {self._passwords}\nacl_file {self._acl}\n"
        self.broker = start(login.config + files)
        self.let_in(OPERATOR)

    def tell(self, fleet: Fleet) -> None:
        self._write(fleet)
        self._reload()

    def let_in(self, *users: str) -> None:
        for user in users:
            command = [program("mosquitto_passwd"), "-b", str(self._passwords), user, PASSWORD]
            subprocess.run(command, check=True, capture_output=True)
        self._reload()

    def client(self, user: str) -> Client:
        return self._connect(self.broker, user)

    def _write(self, fleet: Fleet) -> None:
        self._acl.write_text(f"{acl.text(fleet)}\nuser {OPERATOR}\ntopic readwrite #\n")

    def _reload(self) -> None:
        log = self.broker.log
        done = log.read_text().count("Reloading config")
        self.broker.reload()
        until(lambda: log.read_text().count("Reloading config") > done, log.read_text)


class ByPlugin:
    """By the dynamic security plugin; every document is published twice."""

    def __init__(
        self, start: StartMosquitto, folder: Path, fleet: Fleet, login: Login = BY_PASSWORD
    ) -> None:
        self._connect = login.connect
        file = folder / "dynamic-security.json"
        command = [program("mosquitto_ctrl"), "dynsec", "init", str(file), OPERATOR, PASSWORD]
        subprocess.run(command, check=True, capture_output=True)
        state = json.loads(file.read_text())
        anything = {"acltype": "publishClientSend", "topic": "#", "allow": True}
        state["roles"][0]["acls"].append(anything)
        file.write_text(json.dumps(state))
        plugin = f"plugin {dynamic_security()}\nplugin_opt_config_file {file}\n"
        self.broker = start(login.config + plugin)
        self.tell(fleet)

    def tell(self, fleet: Fleet) -> None:
        for _ in range(2):
            self.command(*dynsec.commands(fleet)["commands"])

    def let_in(self, *users: str) -> None:
        self.command(*({"command": "createClient", "username": user} for user in users))
        login = {"command": "setClientPassword", "password": PASSWORD}
        answers = self.command(*({**login, "username": user} for user in users))
        assert not [answer for answer in answers if "error" in answer]

    def client(self, user: str) -> Client:
        return self._connect(self.broker, user)

    def command(self, *commands: dict[str, Any]) -> list[dict[str, Any]]:
        """What the plugin answers to each."""
        with self.client(OPERATOR) as operator:
            assert operator.subscribe(f"{dynsec.TOPIC}/response") == 1
            operator.publish(dynsec.TOPIC, json.dumps({"commands": commands}))
            until(lambda: operator.received, self.broker.log.read_text, 10)
            answers: list[dict[str, Any]] = json.loads(operator.received[0][1])["responses"]
        assert len(answers) == len(commands)
        return answers


WAYS: dict[str, type[ByFile] | type[ByPlugin]] = {"acl file": ByFile, "plugin": ByPlugin}
