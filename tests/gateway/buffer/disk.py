"""A disk that can be away, or full."""

import pytest

from gateway.buffer import transaction
from gateway.buffer.store import Store
from gateway.errors import StoreUnavailable


class Disk:
    """Whether the log can be opened, and takes what is written."""

    opens = takes = True

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        opening, writing = Store._open, transaction.write

        def opened(store: Store) -> None:
            if not self.opens:
                raise StoreUnavailable("the disk is away")
            opening(store)

        def written(store: Store, *given: object) -> None:
            if not self.takes:
                raise StoreUnavailable("the disk is full")
            writing(store, *given)  # type: ignore[arg-type]

        monkeypatch.setattr(Store, "_open", opened)
        monkeypatch.setattr(transaction, "write", written)
