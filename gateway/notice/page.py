"""A document as HTML that prints well on A4: no script, nothing from outside, system fonts.

Every text goes through `_element`, which escapes it; there is no other way into the page.
"""

from collections.abc import Iterable
from html import escape
from typing import NamedTuple

from gateway.notice.sections import Block, Document, Section, Subsection


class _Markup(NamedTuple):
    """HTML that is made, in contrast to text that is not escaped yet."""

    html: str


_STYLE = _Markup(
    """<style>
@page { size: A4; margin: 15mm 18mm; }
body { font: 11pt/1.45 system-ui, sans-serif; max-width: 45em; margin: 1.5em auto; padding: 0 1em;
  color: #000; background: #fff; overflow-wrap: anywhere; }
h1 { font-size: 1.6em; line-height: 1.2; margin: 0 0 0.4em; }
h2 { font-size: 1.15em; margin: 1.2em 0 0.3em; }
h3 { font-size: 1em; margin: 0.8em 0 0.2em; }
h1, h2, h3 { break-after: avoid; }
p, ul { margin: 0.25em 0; }
article, li { break-inside: avoid; }
footer { margin-top: 1.5em; border-top: 1px solid #666; font-size: 0.85em; }
.plain { font-size: 11.5pt; line-height: 1.3; }
.plain h1 { font-size: 2em; }
.plain h2 { margin-top: 0.7em; }
@media print { body { max-width: none; margin: 0; padding: 0; } }
</style>
"""
)
_HEAD = (
    _Markup('<meta charset="utf-8">\n'),
    _Markup('<meta name="viewport" content="width=device-width, initial-scale=1">\n'),
)


def page(document: Document, at_door: bool = False) -> str:
    """The whole page; `at_door`: for one sheet that is read where it hangs."""
    head = _element("head", *_HEAD, _element("title", document.title), _STYLE)
    body = _element(
        "body",
        _element("h1", document.title),
        *_blocks(document.intro),
        *map(_section, document.sections),
        _element("footer", _element("p", document.footer)),
        css="plain" if at_door else "",
    )
    return f"<!DOCTYPE html>\n{_element('html', head, body, lang=document.language).html}"


def _section(section: Section) -> _Markup:
    heading = _element("h2", section.heading)
    return _element(
        "section", heading, *_blocks(section.blocks), *map(_subsection, section.subsections)
    )


def _subsection(one: Subsection) -> _Markup:
    return _element("article", _element("h3", one.heading), *_blocks(one.blocks))


def _blocks(blocks: Iterable[Block]) -> Iterable[_Markup]:
    for block in blocks:
        if isinstance(block, str):
            yield _element("p", block)
        else:
            yield _element("ul", *(_element("li", point) for point in block))


def _element(tag: str, *content: str | _Markup, lang: str = "", css: str = "") -> _Markup:
    told = f' lang="{escape(lang)}"' * bool(lang) + f' class="{escape(css)}"' * bool(css)
    inner = "".join(one.html if isinstance(one, _Markup) else escape(one) for one in content)
    return _Markup(f"<{tag}{told}>{inner}</{tag}>\n")
