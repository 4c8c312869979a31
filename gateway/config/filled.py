"""What a notice needs of the configuration: everything that is not filled in, at once.

A sheet with a hole would be a wrong sheet, and a text that nobody has decided on must not be made
up. Words that stand for "later" (TODO, "...") are holes too, also where nothing need be told. While
raw data are captured there is no sheet, for it says that nothing of that kind is stored.
"""

import re
from collections.abc import Iterator

from gateway.config.faults import FileKind, Path
from gateway.config.notice import Bilingual, Language
from gateway.config.types import Config

NOTICE = FileKind("with --config", "config/gateway.yaml", "gateway notice")

Hole = tuple[Path, str]
"""A place, and what to write there."""

_LATER = re.compile(r"[\W_]*(todo|tbd|fixme|x{3,})?[\W_]*", re.IGNORECASE)
_TOP: Path = ("notice",)
_CONTROLLER = {
    "name": "write who is responsible, e.g. Stadt Brandis",
    "address": "write street, postcode and town in one line",
    "email": "write an address at which questions are answered",
}
_OPTIONAL = "fill it in, or delete the line"


def holes(config: Config, language: Language) -> Iterator[Hole]:
    """All that the notice in that language lacks."""
    if _is_hole(config.node.place.description):
        yield ("node", "place", "description"), "write where it is: town hall, main entrance"
    yield from _people(config)
    yield from _texts(config, language)
    yield from _recipients(config, language)
    yield from _left_open(config, language)


def captured(config: Config) -> Iterator[tuple[Path, str, str]]:
    """Raw data that are captured: the notice says that there are none. Place, problem, cure."""
    for index, capture in enumerate(config.privacy.captures):
        problem = (
            f"raw data of {capture.sensor} are captured, and the notice would say they are not"
        )
        cure = "print it when the capture is over: remove it, and delete its files"
        yield ("privacy", "captures", index), problem, cure


def _people(config: Config) -> Iterator[Hole]:
    notice = config.notice
    for field, cure in _CONTROLLER.items():
        if _is_hole(getattr(notice.controller, field)):
            yield (*_TOP, "controller", field), cure
    if _is_hole(notice.data_protection_officer):
        cure = "write how to reach the data protection officer"
        yield (*_TOP, "data_protection_officer"), cure


def _texts(config: Config, language: Language) -> Iterator[Hole]:
    notice = config.notice
    if _is_hole(notice.purpose.of(language)):
        yield (*_TOP, "purpose", language), "write what the readings are for"
    if _is_hole(notice.legal_basis.of(language)):
        cure = "write the legal basis that the data protection officer has confirmed"
        yield (*_TOP, "legal_basis", language), cure


def _recipients(config: Config, language: Language) -> Iterator[Hole]:
    """Only a node that sends nothing, of which nobody gets anything, has nothing to tell."""
    notice = config.notice
    if config.uplinks and not notice.recipients:
        yield (*_TOP, "recipients"), f"name who gets the readings: - {{{language}: ...}}"
    for index, recipient in enumerate(notice.recipients):
        if _is_hole(recipient.of(language)):
            yield (*_TOP, "recipients", index, language), "write who this recipient is"
    if (config.uplinks or notice.recipients) and _is_hole(notice.retention.of(language)):
        yield (*_TOP, "retention", language), "write how long the recipients keep the readings"


def _left_open(config: Config, language: Language) -> Iterator[Hole]:
    """What need not be told, but was begun."""
    notice = config.notice
    begun = notice.transfer != Bilingual()
    if begun and _is_hole(notice.transfer.of(language)):
        yield (*_TOP, "transfer", language), _OPTIONAL
    for path, told in (
        (("controller", "phone"), notice.controller.phone),
        (("supervisory_authority",), notice.supervisory_authority),
    ):
        if told is not None and _is_hole(told):
            yield (*_TOP, *path), _OPTIONAL


def _is_hole(text: str | None) -> bool:
    return text is None or _LATER.fullmatch(text) is not None
