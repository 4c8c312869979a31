"""The file that mosquitto's `acl_file` names: see mosquitto.conf(5).

Once it is named, whoever has no lines in it may do nothing. It knows no right to subscribe: every
subscription is granted, and what may not be read is left out message by message.
"""

from gateway.fleet.rights import Rights, rights
from gateway.fleet.types import Fleet

HEAD = "# Made by `gateway fleet acl`: change the fleet file and make it anew.\n"


def text(fleet: Fleet) -> str:
    """The whole file. Who is retired has no lines, so may do nothing."""
    return HEAD + "".join(_user(one) for one in rights(fleet))


def _user(one: Rights) -> str:
    lines = [f"user {one.user}"]
    lines += [f"topic write {topic}" for topic in one.writes]
    lines += [f"topic read {topic}" for topic in one.reads]
    return "\n" + "\n".join(lines) + "\n"
