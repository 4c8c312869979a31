"""What the keeper of a node says of himself and of his purpose, for the notice at the door.

Nothing here is needed to measure, so everything may be left out; `gateway notice` refuses what is
not filled in (gateway/config/filled.py).
"""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from gateway.config.values import Text

Language = Literal["de", "en"]

Line = Annotated[Text, Meta(max_length=1000)]
EMail = Annotated[
    str,
    Meta(
        pattern=r"^[^\s@<>]+@[^\s@<>]+$",
        max_length=254,
        extra={"plain": "an e-mail address such as info@brandis.example"},
    ),
]
WebAddress = Annotated[
    str,
    Meta(
        pattern="^https?://[!-~]+$",
        max_length=500,
        extra={"plain": "a web address that begins with https://"},
    ),
]


class Bilingual(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One text in each language in which notices are wanted."""

    de: Annotated[Line | None, Meta(description="In German.")] = None
    en: Annotated[Line | None, Meta(description="In English.")] = None

    def of(self, language: Language) -> str | None:
        """The text in that language."""
        return self.de if language == "de" else self.en


class Controller(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Who is responsible: the controller of Art. 4(7) GDPR, e.g. the municipality."""

    name: Annotated[Line | None, Meta(description="E.g. Stadt Brandis.")] = None
    address: Annotated[Line | None, Meta(description="Street, postcode, town; in one line.")] = None
    email: Annotated[EMail | None, Meta(description="Where questions are answered.")] = None
    phone: Annotated[Line | None, Meta(description="Need not be told.")] = None


class Notice(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What `gateway notice` cannot know by itself. No legal advice: docs/privacy.md."""

    controller: Annotated[Controller, Meta(description="Who is responsible.")] = Controller()
    data_protection_officer: Annotated[
        Line | None, Meta(description="How to reach him or her: name or office, address, e-mail.")
    ] = None
    purpose: Annotated[
        Bilingual, Meta(description="What the readings are for, in words that everybody knows.")
    ] = Bilingual()
    legal_basis: Annotated[
        Bilingual,
        Meta(description="By which law it is done; what the data protection officer confirms."),
    ] = Bilingual()
    recipients: Annotated[
        tuple[Bilingual, ...],
        Meta(max_length=20, description="Who gets the readings, and what they do with them."),
    ] = ()
    transfer: Annotated[
        Bilingual,
        Meta(description="Countries outside of the EU that readings go to; need not be told."),
    ] = Bilingual()
    retention: Annotated[
        Bilingual, Meta(description="How long the recipients keep the readings.")
    ] = Bilingual()
    supervisory_authority: Annotated[
        Line | None, Meta(description="Where complaints go; need not be told.")
    ] = None
    url: Annotated[WebAddress | None, Meta(description="Where more is told.")] = None
