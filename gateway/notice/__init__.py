"""The information sheet of Art. 13 GDPR and the notice at the door, from the configuration.

facts -> sections -> HTML. Facts are what the configuration and the registry know, in one language;
both the sheet and the notice are made of them and of nothing else, and `gateway notice --json`
shows them. Words of a language are one object of one type (`words.Words`), so no language can have
a section that another lacks.

A sentence stands there only if the program makes it true. What is said of cameras, microphones and
phones follows from the drivers of this package; of a part of another package it is not said.
"""

from gateway.notice.facts import Facts, facts
from gateway.notice.page import page
from gateway.notice.plain import plain
from gateway.notice.sheet import sheet

__all__ = ["Facts", "facts", "page", "plain", "sheet"]
