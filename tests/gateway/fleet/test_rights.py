"""What nodes and readers may do at a real broker, whichever way it is told of them.

The topics are written out here once more: that they are the right ones is what is tested. That a
subscription is granted says nothing, so it is messages that are looked at. A reader's last message
is one that it surely may have: when that has come, all others would have.
"""

import re
import subprocess
from pathlib import Path

import pytest
from msgspec import structs

from gateway.fleet import Fleet, dynsec, parse
from tests.gateway.fleet.brokers import OPERATOR, PASSWORD, WAYS, ByPlugin, Told
from tests.gateway.fleet.client import NOT_AUTHORIZED, TAKEN, Client
from tests.mosquitto import StartMosquitto
from tests.waiting import until

pytestmark = pytest.mark.mosquitto

FLEET = parse("""
municipalities:
  brandis: [gw-01, gw-02]
  naunhof: [gw-01]
readers:
  - {name: platform, repair: true, acknowledge: true}
  - {name: onlooker}
  - {name: brandis-repair, municipalities: [brandis], repair: true}
  - {name: two, municipalities: [brandis, naunhof], acknowledge: true}
""")
PAGE = (Path(__file__).parents[3] / "docs/fleet.md").read_text()
NODES = ("brandis/gw-01", "brandis/gw-02", "naunhof/gw-01")
WRITES = ("data", "live/door", "live/foyer-air", "status", "meta", "audit", "health", "reply")
READS = ("cmd/replay", "cmd/ping", "ack")
ELSEWHERE = (
    "udp/v1/brandis/gw-01",
    "udp/v1/brandis/gw-01/data/more",
    "udp/v1/brandis/gw-01/live",
    "udp/v1/brandis/gw-01/live/door/more",
    "udp/v1/brandis/gw-01/cmd",
    "udp/v1/brandis/gw-01/cmd/replay/more",
    "udp/v1/brandis/data",
    "udp/v1/borsdorf/gw-01/other",
    "udp/v2/brandis/gw-01/data",
    "other",
)
CONTROL = ("$SYS/broker/uptime", "$CONTROL/dynamic-security/v1", "$CONTROL/other/v1")


def of(node: str, topics: tuple[str, ...]) -> list[str]:
    return [f"udp/v1/{node}/{topic}" for topic in topics]


EVERYTHING = [topic for node in NODES for topic in of(node, WRITES + READS)] + list(ELSEWHERE)


@pytest.fixture(params=WAYS)
def told(request: pytest.FixtureRequest, mosquitto: StartMosquitto, tmp_path: Path) -> Told:
    way: Told = WAYS[request.param](mosquitto, tmp_path, FLEET)
    way.let_in(*NODES, *(reader.name for reader in FLEET.readers), "brandis/stranger")
    return way


def taken(client: Client, topics: list[str]) -> list[str]:
    """Which of them the broker takes from this client; a refusal must be told as one."""
    codes = client.publish_all(topics)
    assert set(codes.values()) <= {*TAKEN, NOT_AUTHORIZED}, codes
    return [topic for topic in topics if codes[topic] in TAKEN]


def heard(told: Told, client: Client, last: str) -> list[str]:
    """Which of EVERYTHING arrives at this client."""
    with told.client(OPERATOR) as operator:
        assert set(operator.publish_all(EVERYTHING).values()) <= set(TAKEN)
        end = (last, b"end")
        assert operator.publish(*end) == 0
        until(lambda: end in client.received, client.topics, 10)
    return sorted({topic for topic, _ in client.received})


@pytest.mark.parametrize("node", NODES)
def test_a_node_writes_its_own_topics_and_nothing_else(told: Told, node: str) -> None:
    with told.client(node) as client:
        assert taken(client, [*EVERYTHING, *CONTROL]) == of(node, WRITES)


@pytest.mark.parametrize("node", NODES)
def test_a_node_hears_what_it_is_told_and_nothing_else(told: Told, node: str) -> None:
    with told.client(node) as client:
        for topics in ("#", "udp/v1/#", "udp/v1/+/+/cmd/+", "$SYS/#", *of(NODES[1], READS)):
            client.subscribe(topics)
        assert client.subscribe(f"udp/v1/{node}/cmd/#") == 1
        assert client.subscribe(f"udp/v1/{node}/ack") == 1
        assert heard(told, client, f"udp/v1/{node}/ack") == sorted(of(node, READS))


@pytest.mark.parametrize(
    ("reader", "nodes"),
    [
        ("platform", NODES),
        ("onlooker", NODES),
        ("brandis-repair", NODES[:2]),
        ("two", NODES),
    ],
)
def test_a_reader_hears_what_its_nodes_say_and_nothing_else(
    told: Told, reader: str, nodes: tuple[str, ...]
) -> None:
    with told.client(reader) as client:
        for topics in ("#", "$SYS/#", "udp/v1/#"):
            client.subscribe(topics)
        for municipality in {node.partition("/")[0] for node in nodes}:
            assert client.subscribe(f"udp/v1/{municipality}/#") == 1
        found = heard(told, client, f"udp/v1/{nodes[0]}/data")
        assert found == sorted(topic for node in nodes for topic in of(node, WRITES))


@pytest.mark.parametrize(
    ("reader", "topics"),
    [
        ("platform", [f"udp/v1/{node}/{topic}" for node in NODES for topic in (READS[0], "ack")]),
        ("onlooker", []),
        ("brandis-repair", [f"udp/v1/{node}/cmd/replay" for node in NODES[:2]]),
        ("two", [f"udp/v1/{node}/ack" for node in NODES]),
    ],
)
def test_a_reader_writes_what_it_has_the_right_to(
    told: Told, reader: str, topics: list[str]
) -> None:
    with told.client(reader) as client:
        assert taken(client, [*EVERYTHING, *CONTROL]) == topics


def test_a_shared_subscription_works(told: Told) -> None:
    with told.client("brandis-repair") as client:
        assert client.subscribe("$share/workers/udp/v1/brandis/+/data") == 1
        expected = [f"udp/v1/{node}/data" for node in NODES[:2]]
        assert heard(told, client, expected[0]) == expected


def test_a_reader_and_a_node_can_unsubscribe(told: Told) -> None:
    for user, topic in (("onlooker", "udp/v1/+/+/data"), (NODES[0], f"udp/v1/{NODES[0]}/ack")):
        with told.client(user) as client:
            assert client.subscribe(topic) == 1
            assert client.unsubscribe(topic) == 0


def test_who_is_not_listed_may_do_nothing(told: Told) -> None:
    with told.client("brandis/stranger") as client, told.client("onlooker") as witness:
        own = of("brandis/stranger", WRITES)
        assert taken(client, [*EVERYTHING, *CONTROL, *own]) == []
        client.subscribe("#")
        client.subscribe("udp/v1/brandis/stranger/cmd/#")
        assert witness.subscribe("udp/v1/#") == 1
        heard(told, witness, f"udp/v1/{NODES[0]}/data")
        assert client.received == []


def retired(fleet: Fleet) -> Fleet:
    left = {"brandis": ("gw-02",), "naunhof": ("gw-01",)}
    return structs.replace(fleet, municipalities=left, retired=("brandis/gw-01", "never-there"))


def test_who_is_retired_may_do_nothing_at_once_and_can_come_back(told: Told) -> None:
    with told.client("brandis/gw-01") as gone, told.client("brandis/gw-02") as stays:
        told.tell(retired(FLEET))
        assert taken(stays, of("brandis/gw-02", WRITES)) == of("brandis/gw-02", WRITES)
        assert stays.cut == 0
        assert gone.cut or taken(gone, EVERYTHING) == []
    with told.client("brandis/gw-01") as gone:
        assert gone.connected or taken(gone, EVERYTHING) == []
    told.tell(FLEET)
    told.let_in("brandis/gw-01")
    with told.client("brandis/gw-01") as back:
        assert taken(back, EVERYTHING) == of("brandis/gw-01", WRITES)


def test_telling_again_disconnects_nobody_and_keeps_passwords_and_rights(told: Told) -> None:
    with told.client("platform") as reader, told.client(NODES[0]) as node:
        assert reader.subscribe("udp/v1/+/+/data") == 1
        told.tell(FLEET)
        topic = f"udp/v1/{NODES[0]}/data"
        assert node.publish(topic) == 0  # 0x10 would be: nobody has subscribed
        until(lambda: reader.topics() == [topic], reader.topics, 10)
        assert (reader.cut, node.cut) == (0, 0)
    with told.client(NODES[0]) as node:
        assert taken(node, EVERYTHING) == of(NODES[0], WRITES)


def test_with_mqtt_3_1_1_a_refusal_looks_like_a_success(told: Told) -> None:
    """Why docs/fleet.md wants nodes to speak MQTT 5."""
    login = ["-u", NODES[0], "-P", PASSWORD, "-p", str(told.broker.port), "-d", "-q", "1"]
    command = ["mosquitto_pub", *login, "-t", f"udp/v1/{NODES[1]}/data", "-m", "x", "-V"]
    said = [
        subprocess.run([*command, version], capture_output=True, text=True, check=False).stdout
        for version in ("311", "5")
    ]
    assert re.findall(r"PUBACK .*RC:(\d+)", "".join(said)) == ["0", str(NOT_AUTHORIZED)]


def test_the_plugin_forgets_who_is_retired_and_answers_as_it_is_told(
    mosquitto: StartMosquitto, tmp_path: Path
) -> None:
    plugin = ByPlugin(mosquitto, tmp_path, FLEET)
    known = {"command": "listClients"}
    assert "brandis/gw-01" in plugin.command(known)[0]["data"]["clients"]
    plugin.tell(retired(FLEET))
    assert "brandis/gw-01" not in plugin.command(known)[0]["data"]["clients"]
    table = dict(re.findall(r"^\| (`.*`) \| (`.*`) \| .* \|$", PAGE, re.MULTILINE))
    for answer in plugin.command(*dynsec.commands(retired(FLEET))["commands"]):
        if "error" in answer:
            [commands] = [of for errors, of in table.items() if f"`{answer['error']}`" in errors]
            assert f"`{answer['command']}`" in commands


def test_a_right_that_is_taken_away_is_gone(told: Told) -> None:
    poorer = [structs.replace(reader, repair=False) for reader in FLEET.readers]
    with told.client("brandis-repair") as reader:
        told.tell(structs.replace(FLEET, readers=tuple(poorer)))
        assert taken(reader, EVERYTHING) == []
