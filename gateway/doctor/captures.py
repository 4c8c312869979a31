"""Raw data that debugging captures have left: without a daemon nobody else tells of them."""

from collections.abc import Iterator

from gateway.capture import FOLDER
from gateway.capture.file import found
from gateway.capture.leftovers import ABOUT, cure, evidence
from gateway.doctor.check import Check, Node, ill, unseen, well
from gateway.doctor.rights import unreadable


def checks(node: Node) -> Iterator[Check]:
    """A daemon says more of them itself: which are still being written, and until when."""
    folder = node.log.with_name(FOLDER)
    hidden = unreadable(folder)
    files = [] if hidden else found(folder)
    if hidden:
        yield unseen(ABOUT, hidden)
    elif not files:
        yield well(ABOUT, "there are none")
    elif node.status is not None:
        yield well(ABOUT, f"{evidence(files)}; the daemon looks after them")
    else:
        yield ill(ABOUT, node.finding(ABOUT, "are still there", evidence(files), cure(files)))
