"""Commands for mosquitto's dynamic security plugin, as they are published to its control topic.

There is no command "make it so". All commands of a document are carried out, also behind one that
fails, so each thing is made and then set. The second time `createRole` and `createClient` answer
"already exists" and change nothing, then `modifyRole` replaces all rights of the role; a client
that has its role already keeps it, and 2.0.11 answers that with "Internal error". This disconnects
nobody and leaves passwords alone: `modifyClient` and `removeClientRole` would disconnect every
node each time, and deleting a client would lose its password.

mosquitto 2.0.11 replaces no %u in the rights of a role, so each user has one of its own. Their
names have a slash, so none takes the place of the plugin's `admin`.
"""

from collections.abc import Iterator
from typing import Any

from gateway.fleet.rights import Rights, rights
from gateway.fleet.types import Fleet

TOPIC = "$CONTROL/dynamic-security/v1"

Command = dict[str, Any]

_DEFAULTS = ("publishClientSend", "publishClientReceive", "subscribe", "unsubscribe")


def commands(fleet: Fleet) -> dict[str, list[Command]]:
    """One document for TOPIC, which may be published any number of times. Holds no secret."""
    nothing = [{"acltype": kind, "allow": False} for kind in _DEFAULTS]
    made: list[Command] = [{"command": "setDefaultACLAccess", "acls": nothing}]
    for user in fleet.retired:
        made += _retire(user)
    for one in rights(fleet):
        made += _user(one)
    return {"commands": made}


def _retire(user: str) -> Iterator[Command]:
    """Both answer "not found" where they are gone."""
    yield {"command": "deleteClient", "username": user}
    yield {"command": "deleteRole", "rolename": _role(user)}


def _user(one: Rights) -> Iterator[Command]:
    role = _role(one.user)
    yield {"command": "createRole", "rolename": role}
    yield {"command": "modifyRole", "rolename": role, "acls": list(_acls(one))}
    yield {"command": "createClient", "username": one.user}
    yield {"command": "addClientRole", "username": one.user, "rolename": role}


def _role(user: str) -> str:
    return f"node/{user}" if "/" in user else f"reader/{user}"


def _acls(one: Rights) -> Iterator[Command]:
    kinds = {
        "publishClientSend": one.writes,
        "publishClientReceive": one.reads,
        "subscribePattern": one.subscribes,
        "unsubscribePattern": ("#",),
    }
    for kind, topics in kinds.items():
        for topic in topics:
            yield {"acltype": kind, "topic": topic, "allow": True}
