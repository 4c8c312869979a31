"""`gateway notice`: true, whole, valid and printable, whatever stands in the configuration."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from drivers import registry
from gateway.cli import main
from gateway.notice import Facts
from gateway.notice.language import WORDS
from tests.e2e.daemon import GATEWAY

CONFIG = """\
node:
  municipality: brandis
  name: rathaus-01
  runtime_dir: /run/secret-folder
  place: {description: "Rathaus, Haupteingang"}
buffer: {path: /var/lib/secret-folder/log.db}
buses:
  main: {type: i2c}
  radar: {type: serial, device: /dev/ttySECRET}
  header: {type: gpio}
sensors:
  - {name: foyer-air, driver: bme280, bus: main, average: 10s}
  - {name: main-door, driver: ld2450, bus: radar, interval: 15min}
  - {name: side-door, driver: beam-pair, bus: header, options: {line_a: 17, line_b: 27}}
uplinks:
  - type: mqtt
    name: secret-uplink
    host: secret-host.example
    username: secret-user
    password_file: secret-file
notice:
  controller:
    name: Stadt Brandis
    address: Markt 1, 04821 Brandis
    email: info@brandis.example
  data_protection_officer: Amt für Datenschutz, Markt 2
  purpose: {de: Wir planen Öffnungszeiten., en: We plan opening hours.}
  legal_basis: {de: Art. 6 Abs. 1 e DSGVO, en: Art. 6(1)(e) GDPR}
  recipients: [{de: Lecos GmbH, en: Lecos company}]
  retention: {de: zwei Jahre, en: two years}
"""
TLS = "    password_file: secret-file\n"
VOID = {"meta"}


class Page(HTMLParser):
    """A page as a browser's parser would see it; raises where tags do not nest."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []
        self.declared = ""
        self.feed(text)
        self.close()
        assert not self.open

    def handle_decl(self, decl: str) -> None:
        self.declared = decl

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        assert not ({"p", "h1", "h2", "h3"} & set(self.open)), f"{tag} within a text"
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.texts.append((self.open[-1], data))

    def of(self, *tags: str) -> list[str]:
        return [text for tag, text in self.texts if tag in tags]

    @property
    def said(self) -> str:
        return "\n".join(self.of("p", "li", "h1", "h2", "h3"))


Made = Callable[..., Page]


@pytest.fixture
def made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Made:
    """The page of a configuration, with pairs of texts replaced."""

    def page(*words: str, config: str = CONFIG) -> Page:
        file = tmp_path / "gateway.yaml"
        file.write_text(config)
        capsys.readouterr()
        assert main(["notice", "--config", str(file), *words]) == 0
        return Page(capsys.readouterr().out)

    return page


def changed(*pairs: str) -> str:
    text = CONFIG
    for old, new in zip(pairs[::2], pairs[1::2], strict=True):
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


pages = pytest.mark.parametrize("words", [[], ["--plain"]], ids=["sheet", "plain"])
languages = pytest.mark.parametrize("language", ["de", "en"])


@pages
@languages
def test_it_is_valid_html_that_says_its_language(
    made: Made, words: list[str], language: str
) -> None:
    page = made(*words, "--lang", language)
    assert page.declared == "DOCTYPE html"
    assert page.tags[0] == ("html", {"lang": language})
    tags = [tag for tag, _ in page.tags]
    assert [tags.count(tag) for tag in ("head", "title", "body", "h1", "style")] == [1] * 5
    assert page.of("title") == page.of("h1")
    assert ("meta", {"charset": "utf-8"}) in page.tags
    assert tags.count("section") == tags.count("h2") >= 8
    assert set(tags) <= {
        *("html", "head", "meta", "title", "style", "body", "h1", "h2", "h3", "p", "ul", "li"),
        *("section", "article", "footer"),
    }


@pages
def test_it_prints_on_a4_and_fetches_nothing(made: Made, words: list[str]) -> None:
    page = made(*words, "--lang", "de")
    [style] = page.of("style")
    assert "size: A4" in style
    assert not re.search(r"url|@import|@font-face|expression", style)
    assert not {"src", "href", "action", "style", "onload"} & {k for _, a in page.tags for k in a}


@pages
def test_both_languages_have_the_same_sections(made: Made, words: list[str]) -> None:
    german, english = (made(*words, "--lang", language) for language in ("de", "en"))
    assert [tag for tag, _ in german.tags] == [tag for tag, _ in english.tags]
    assert not set(german.of("h1", "h2")) & set(english.of("h1", "h2"))


def test_the_sheet_follows_the_article(made: Made) -> None:
    page = made("--lang", "de")
    assert page.of("h2") == [
        "Wer ist verantwortlich?",
        "Wer ist für den Datenschutz da?",
        "Was wird gemessen?",
        "Was wird nicht erfasst?",
        "Wozu wird gemessen?",
        "Wer bekommt die Messwerte?",
        "Wie lange bleiben die Messwerte?",
        "Welche Rechte haben Sie?",
        "Wo können Sie sich beschweren?",
    ]


def test_what_the_keeper_says_and_what_the_configuration_knows(made: Made) -> None:
    said = made("--lang", "de").said
    for text in (
        "Rathaus, Haupteingang",
        "Stadt Brandis",
        "Markt 1, 04821 Brandis",
        "info@brandis.example",
        "Amt für Datenschutz, Markt 2",
        "Wir planen Öffnungszeiten.",
        "Rechtsgrundlage: Art. 6 Abs. 1 e DSGVO",
        "Lecos GmbH",
        "Bei den Empfängern: zwei Jahre",
        "main-door: Radar (ld2450)\nEin Wert alle 15 Minuten:\nwie viele Menschen hineingehen",
        registry.part("ld2450").plain["de"].limits,
        "foyer-air: Sensor für Luft, Wärme oder Licht (bme280)\nEin Wert jede Minute:\nTemperatur",
        "14 Tage nach der Messung",
        "Art. 15 DSGVO",
        "Art. 21 DSGVO",
        "Art. 77 DSGVO",
        "niemanden erkennen (Art. 11 DSGVO)",
        "keine Kamera, kein Mikrofon",
    ):
        assert text in said, text
    assert "None" not in said
    assert "{" not in said


@pages
@languages
def test_nothing_of_the_computer_is_told(made: Made, words: list[str], language: str) -> None:
    page = made(*words, "--lang", language)
    whole = "\n".join(text for _, text in page.texts) + str(page.tags)
    assert "secret" not in whole.lower()
    assert not re.search(r"(^|\s)/[a-z]", whole)


HOSTILE = "</p><script>alert(1)</script>&lt;b&gt; \\\"x' {place} <!-- %s"
TEXTS = (
    *("Rathaus, Haupteingang", "Stadt Brandis", "Markt 1, 04821 Brandis"),
    *("Amt für Datenschutz, Markt 2", "Wir planen Öffnungszeiten.", "Art. 6 Abs. 1 e DSGVO"),
    *("Lecos GmbH", "zwei Jahre"),
)


@pages
@pytest.mark.parametrize("text", TEXTS)
def test_a_hostile_text_stays_text(made: Made, words: list[str], text: str) -> None:
    bare = made(*words, "--lang", "de")
    config = CONFIG.replace(f'"{text}"', text).replace(text, f'"{HOSTILE}"')
    page = made(*words, "--lang", "de", config=config)
    assert page.tags == bare.tags
    told = HOSTILE.replace('\\"', '"') in page.said
    assert told is (text in bare.said)


def test_the_notice_at_the_door_is_short_and_plain(made: Made) -> None:
    sheet, plain = made("--lang", "de").said, made("--lang", "de", "--plain").said
    assert len(plain) < 0.6 * len(sheet)
    assert plain.startswith("Hier messen Sensoren")
    assert "Radar: wie viele Menschen hineingehen" in plain
    assert "Art." not in plain
    assert "ld2450" not in plain


@pytest.mark.parametrize(
    ("buffer", "told", "untold"),
    [
        ("hold_back: 0", ["sobald sie angekommen sind"], ["nach der Messung", "nicht mit"]),
        ("hold_back: 3d", ["3 Tage nach der Messung", "Was nicht ankommt", "512 MB"], ["14 Tage"]),
        ("max_age: 365d", ["Spätestens 365 Tage nach", "14 Tage"], ["Was nicht ankommt"]),
        ("max_age: 2d", ["Spätestens 2 Tage", "löscht das Gerät 2 Tage"], ["14 Tage"]),
        ("max_size: 1GB", ["voll (1 GB)"], ["512"]),
    ],
)
def test_how_long_readings_are_kept(
    made: Made, buffer: str, told: list[str], untold: list[str]
) -> None:
    config = changed("/log.db}", f"/log.db, {buffer}}}")
    config = config.replace("    username:", "    small_counts: none\n    username:")
    for words in ([], ["--plain"]):
        said = made("--lang", "de", *words, config=config).said
        assert all(text in said for text in told)
        assert not any(text in said for text in untold)


def test_how_coarse_it_is_what_tells_of_people(made: Made) -> None:
    coarse = "gibt es höchstens alle 30 Minuten"
    for words in ([], ["--plain"]):
        config = changed("buses:\n", "privacy: {window: 30min, small_below: 4}\nbuses:\n").replace(
            "interval: 15min", "interval: 30min"
        )
        said = made("--lang", "de", *words, config=config).said
        assert coarse in said
        assert "Anzahlen unter 4 werden erst gesendet" in said
        open_way = "    password_file: secret-file\n    small_counts: none\n"
        said = made("--lang", "de", *words, config=changed(TLS, open_way)).said
        assert "Auch kleine Anzahlen werden gesendet" in said
        assert "Anzahlen unter" not in said
        second = "  - {type: mqtt, name: open, host: b.example, small_counts: round5}\nnotice:\n"
        said = made("--lang", "en", *words, config=changed("notice:\n", second)).said
        ways = ("For each way on which", "Counts below 3 are sent only", "multiples of 5")
        assert all(way in said for way in ways)


def test_of_air_alone_nothing_is_said_about_counts(made: Made) -> None:
    air = re.sub(r"  - \{name: (main|side)-door.*\n", "", CONFIG)
    for words in ([], ["--plain"]):
        said = made("--lang", "de", *words, config=air).said
        assert "Anzahlen" not in said


def test_who_sends_nothing_says_so(made: Made) -> None:
    alone = re.sub(r"uplinks:\n(  .*\n)+", "", CONFIG)
    for words in ([], ["--plain"]):
        said = made("--lang", "de", *words, config=alone).said
        assert "Das Gerät sendet keine Messwerte." in said
        assert "angekommen" not in said
        assert "TLS" not in said


def test_only_what_is_encrypted_is_said_to_be(made: Made) -> None:
    assert "verschlüsselt (TLS)" in made("--lang", "de").said
    said = made("--lang", "de", config=changed(TLS, f"{TLS}    tls: false\n")).said
    assert "nicht überall verschlüsselt" in said
    assert "TLS" not in said


RADIO = """\
  - {type: lorawan, name: secret-radio, bus: secret-modem, app_key_file: secret-key,
     join_eui: "70B3D57ED0000001"}
notice:
"""


def with_radio(*, alone: bool) -> str:
    bus = "  secret-modem: {type: serial, device: /dev/ttySECRET0}\n"
    config = changed("notice:\n", RADIO, "  header: ", f"{bus}  header: ")
    return re.sub(r"  - type: mqtt\n(    .*\n)+", "", config) if alone else config


def test_a_radio_beside_a_broker_is_said_to_go_through_its_operator(made: Made) -> None:
    said = made("--lang", "de", config=with_radio(alone=False)).said
    assert "verschlüsselt (TLS).\nPer Funk (LoRaWAN) gehen die Messwerte verschlüsselt" in said
    assert "an den Betreiber des Funknetzes, der sie weitergibt." in said
    assert "Was nicht ankommt, bleibt auf dem Gerät." in said
    assert "welche Sensoren es hat" in said
    assert "secret" not in said.lower()
    plain = made("--lang", "en", config=changed(TLS, f"{TLS}    tls: false\n")).said
    assert "LoRaWAN" not in plain


def test_a_radio_alone_is_not_said_to_deliver(made: Made) -> None:
    """Nobody confirms each uplink, so it is not known what has arrived."""
    config = with_radio(alone=True)
    for language, told, untold in (
        ("de", ("Funk (LoRaWAN)", "seine Nummer", "die gesendet sind"), ("angekommen", "ankommt")),
        ("en", ("By radio (LoRaWAN)", "its number", "that were sent"), ("arrive", "TLS")),
    ):
        said = made("--lang", language, config=config).said
        assert all(text in said for text in told)
        assert not any(text in said for text in (*untold, "TLS"))
        assert made("--lang", language, "--plain", config=config)
    at_once = config.replace("/log.db}", "/log.db, hold_back: 0}")
    at_once = at_once.replace("app_key_file", "small_counts: none, app_key_file")
    assert "sobald sie gesendet sind" in made("--lang", "de", config=at_once).said


def test_how_many_ways_are_a_radio(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "gateway.yaml"
    file.write_text(with_radio(alone=False))
    assert main(["notice", "--json", "--lang", "de", "--config", str(file)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["sent"] == {"uplinks": 2, "encrypted": True, "radio": 1}


def test_what_need_not_be_told_stands_there_if_it_is(made: Made) -> None:
    more = "  transfer: {de: keine}\n  url: https://brandis.example/sensoren?a=1&b=<2>\n"
    more += "  supervisory_authority: Sächsische Behörde\n"
    phone = "info@brandis.example\n    phone: 0123 456\n"
    config = CONFIG.replace("info@brandis.example\n", phone) + more
    said = made("--lang", "de", config=config).said
    for text in (
        *("Länder außerhalb der EU: keine", "Zuständig ist: Sächsische Behörde"),
        *("Telefon: 0123 456", "Wo erfahren Sie mehr?\nhttps://brandis.example/sensoren?a=1&b=<2>"),
    ):
        assert text in said
        assert text not in made("--lang", "de").said


def test_where_nothing_is_delivered_nothing_is_kept_until_then(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "gateway.yaml"
    file.write_text(
        re.sub(r"uplinks:\n(  .*\n)+", "", CONFIG).replace("log.db", "log.db, max_age: 9d")
    )
    assert main(["notice", "--json", "--lang", "de", "--config", str(file)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["kept"]["delivered_s"], told["kept"]["at_most_s"]) == (None, 9 * 86_400)
    assert told["sent"]["uplinks"] == 0


@pytest.fixture
def foreign(monkeypatch: pytest.MonkeyPatch) -> None:
    """The radar comes from another package, whose author says nothing of it in plain words."""
    part = replace(registry.part("ld2450"), plain={}, limits="Sees <much>.")
    own = registry.part
    monkeypatch.delitem(registry.BUILT_IN, "ld2450")
    monkeypatch.setattr(registry, "names", lambda: ["ld2450", *registry.BUILT_IN])
    monkeypatch.setattr(registry, "part", lambda name: part if name == "ld2450" else own(name))


@pytest.mark.usefixtures("foreign")
@pages
@languages
def test_nothing_is_promised_of_a_sensor_of_another_package(
    made: Made, words: list[str], language: Any
) -> None:
    texts = WORDS[language]
    said = made(*words, "--lang", language).said
    assert texts.foreign.format(driver="ld2450") in said
    assert texts.ours in said
    for promise in (texts.nothing_else, texts.anonymous, texts.identify, texts.plain_anonymous):
        assert promise not in said
    assert ("Sees <much>." in said) is (language == "en" and not words)


@pytest.mark.usefixtures("foreign")
@pages
def test_where_all_are_of_another_package_nothing_is_said_of_ours(
    made: Made, words: list[str]
) -> None:
    alone = re.sub(r"  - {name: (foyer|side).*\n", "", CONFIG)
    said = made(*words, "--lang", "de", config=alone).said
    assert WORDS["de"].foreign.format(driver="ld2450") in said
    assert WORDS["de"].ours not in said
    assert "Art. 11" not in said


def test_it_is_the_same_page_in_a_file(made: Made, tmp_path: Path) -> None:
    page = made("--lang", "de")
    out = tmp_path / "sheet.html"
    assert made("--lang", "de", "--output", str(out)).texts == []
    assert Page(out.read_text(encoding="utf-8")).texts == page.texts


def test_for_programs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, out = tmp_path / "gateway.yaml", tmp_path / "sheet.html"
    file.write_text(CONFIG)
    words = ["notice", "--json", "--lang", "en", "--config", str(file), "--output", str(out)]
    assert main(words) == 0
    told = json.loads(capsys.readouterr().out)
    assert list(told) == list(Facts.__struct_fields__)
    assert (told["language"], told["node"]) == ("en", "brandis/rathaus-01")
    assert told["sensors"][1]["interval_s"] == 900
    assert told["sensors"][1]["measures"][0] == {
        "quantity": "count_in",
        "words": "how many people go in",
    }
    assert [one["quantity"] for one in told["sensors"][2]["measures"]] == [
        *("count_in", "count_out", "blind_time", "total_in", "total_out")
    ]
    assert told["kept"] == {
        "delivered_s": 14 * 86_400,
        "at_most_s": None,
        "at_most_bytes": 512_000_000,
    }
    assert [one["people"] for one in told["sensors"]] == [False, True, True]
    assert told["sent"] == {"uplinks": 1, "encrypted": True, "radio": 0}
    assert told["people"] == {"window_s": 900, "small_below": 3, "small_counts": ["carry"]}
    assert "secret" not in json.dumps(told)
    assert out.read_text().startswith("<!DOCTYPE html>")


def test_while_raw_data_are_captured_there_is_no_notice(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "gateway.yaml"
    entry = "{sensor: main-door, until: 2026-11-24T18:00:00Z}"
    file.write_text(f"{CONFIG}privacy:\n  captures:\n    - {entry}\n")
    assert main(["notice", "--lang", "de", "--config", str(file)]) == 78
    told = capsys.readouterr()
    assert (
        "privacy.captures[0]: raw data of main-door are captured, and the notice would" in told.err
    )
    assert told.out == ""


def test_what_is_not_filled_in_is_78_and_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, out = tmp_path / "gateway.yaml", tmp_path / "sheet.html"
    file.write_text(changed("Stadt Brandis", "TODO", "de: zwei Jahre, ", ""))
    words = ["notice", "--lang", "de", "--config", str(file), "--output", str(out)]
    assert main(words) == 78
    told = capsys.readouterr()
    assert "gateway.yaml:23: notice.controller.name: not filled in; write who" in told.err
    assert "gateway.yaml:30: notice.retention.de: not filled in; write how" in told.err
    assert told.out == ""
    assert not out.exists()


@pytest.mark.parametrize(("locale", "lang"), [("de_DE.UTF-8", "de"), ("C", "en")])
def test_as_a_process_the_page_is_utf_8_in_any_locale(
    tmp_path: Path, locale: str, lang: str
) -> None:
    file = tmp_path / "gateway.yaml"
    file.write_text(CONFIG)
    kept = {name: one for name, one in os.environ.items() if not name.startswith("LC_")}
    environment = {**kept, "LANG": locale, "PYTHONIOENCODING": "latin-1"}
    ran = subprocess.run(
        [GATEWAY, "notice", "--config", str(file)],
        capture_output=True,
        check=True,
        timeout=60,
        env=environment,
    )
    page = Page(ran.stdout.decode("utf-8"))
    assert page.tags[0] == ("html", {"lang": lang})
    assert "Amt für Datenschutz" in page.said
    assert sys.executable not in page.said
