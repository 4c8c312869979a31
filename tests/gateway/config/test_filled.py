"""What a notice needs of the configuration is asked for all at once, and nothing else is."""

from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.config import ConfigError, Language, load, load_filled

NODE = """\
node:
  municipality: brandis
  name: rathaus-01
  place: {description: Rathaus}
buses: {main: {type: i2c}}
sensors: [{name: air, driver: bme280, bus: main}]
"""
UPLINK = "uplinks: [{type: mqtt, name: city, host: broker.example}]\n"
NOTICE = """\
notice:
  controller:
    name: Stadt Brandis
    address: Markt 1, 04821 Brandis
    email: info@brandis.example
  data_protection_officer: Datenschutzbeauftragte, Markt 1
  purpose: {de: Wozu, en: What for}
  legal_basis: {de: Gesetz, en: Law}
  recipients: [{de: Stadtwerke, en: Utility}]
  retention: {de: zwei Jahre, en: two years}
"""
WELL = NODE + UPLINK + NOTICE

Ask = Callable[..., list[tuple[str, int]]]


@pytest.fixture
def holes(tmp_path: Path) -> Ask:
    """Places and lines of what is not filled in; of what `gateway check` accepts."""

    def asked(text: str, language: Language = "de") -> list[tuple[str, int]]:
        file = tmp_path / "gateway.yaml"
        file.write_text(text)
        load(file)
        try:
            load_filled(file, language)
        except ConfigError as error:
            told = error
        else:
            return []
        assert told.hint.endswith(": gateway notice")
        assert {fault.problem for fault in told.faults} == {"not filled in"}
        assert all(fault.cure for fault in told.faults)
        return [(fault.path, fault.line) for fault in told.faults]

    return asked


@pytest.mark.parametrize("language", ["de", "en"])
def test_what_is_filled_in_is_accepted(holes: Ask, language: Language) -> None:
    assert holes(WELL, language) == []


def test_all_that_is_missing_is_told_at_once(holes: Ask) -> None:
    bare = NODE.replace("  place: {description: Rathaus}\n", "") + UPLINK
    assert [path for path, _ in holes(bare)] == [
        "node.place.description",
        "notice.controller.name",
        "notice.controller.address",
        "notice.controller.email",
        "notice.data_protection_officer",
        "notice.purpose.de",
        "notice.legal_basis.de",
        "notice.recipients",
        "notice.retention.de",
    ]


@pytest.mark.parametrize(
    ("old", "place", "line"),
    [
        ("    name: Stadt Brandis\n", "notice.controller.name", 9),
        ("    address: Markt 1, 04821 Brandis\n", "notice.controller.address", 9),
        ("    email: info@brandis.example\n", "notice.controller.email", 9),
        ("  data_protection_officer: Datenschutzbeauftragte, Markt 1\n", None, 8),
        ("de: Wozu, ", "notice.purpose.de", 14),
        ("de: Gesetz, ", "notice.legal_basis.de", 15),
        ("  recipients: [{de: Stadtwerke, en: Utility}]\n", "notice.recipients", 8),
        ("de: Stadtwerke, ", "notice.recipients[0].de", 16),
        ("de: zwei Jahre, ", "notice.retention.de", 17),
        (" {description: Rathaus}", "node.place.description", 4),
    ],
)
def test_each_is_told_by_its_place(holes: Ask, old: str, place: str | None, line: int) -> None:
    assert old in WELL
    expected = place or "notice.data_protection_officer"
    assert holes(WELL.replace(old, "")) == [(expected, line)]


@pytest.mark.parametrize(
    "text", ["TODO", "...", "…", "' '", "'?'", "xxx", "-- tbd --", "'[FIXME]'"]
)
def test_what_stands_for_later_is_not_filled_in(holes: Ask, text: str) -> None:
    assert holes(WELL.replace("Stadt Brandis", text)) == [("notice.controller.name", 10)]


@pytest.mark.parametrize("text", ["Todtnau", "Amt 3", "Ä", "Tod & Co"])
def test_a_short_text_is_a_text(holes: Ask, text: str) -> None:
    assert holes(WELL.replace("Stadt Brandis", text)) == []


def test_the_language_that_is_not_asked_for_may_be_missing(holes: Ask) -> None:
    german = WELL.replace("en: What for", "").replace("en: two years", "")
    assert holes(german, "de") == []
    assert [path for path, _ in holes(german, "en")] == ["notice.purpose.en", "notice.retention.en"]


def test_who_sends_nothing_needs_no_recipients(holes: Ask) -> None:
    alone = NODE + "\n".join(NOTICE.splitlines()[:-2])
    assert holes(alone) == []
    assert [path for path, _ in holes(alone + "\n  recipients: [{de: Wir}]")] == [
        "notice.retention.de"
    ]


@pytest.mark.parametrize(
    ("line", "place"),
    [
        ("transfer: {en: None}", "notice.transfer.de"),
        ("transfer: {de: ...}", "notice.transfer.de"),
        ("supervisory_authority: TODO", "notice.supervisory_authority"),
    ],
)
def test_what_need_not_be_told_is_told_whole_or_not_at_all(
    holes: Ask, line: str, place: str
) -> None:
    assert holes(f"{WELL}  {line}\n") == [(place, 18)]


def test_a_phone_that_is_put_off(holes: Ask) -> None:
    put_off = WELL.replace("  data_p", "    phone: '?'\n  data_p")
    assert holes(put_off) == [("notice.controller.phone", 13)]


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("info@brandis.example", "info at brandis", "notice.controller.email"),
        ("info@brandis.example", "<a>@b", "notice.controller.email"),
        ("  retention", "  url: javascript:alert(1)\n  retention", "notice.url"),
        ("  retention", "  retentoin: {}\n  retention", "notice.retentoin"),
        ("Gesetz", '"a\\nb"', "notice.legal_basis.de"),
    ],
)
def test_what_is_wrong_is_a_fault_of_every_verb(
    tmp_path: Path, old: str, new: str, place: str
) -> None:
    file = tmp_path / "gateway.yaml"
    file.write_text(WELL.replace(old, new))
    with pytest.raises(ConfigError) as caught:
        load(file)
    assert [fault.path for fault in caught.value.faults] == [place]
