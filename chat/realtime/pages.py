"""Pages of `synced` as they were sent a moment ago: many who come back at once ask for the same.

A page is sent again only to who asks from the same version, and while the chat is where it was: that must have been
read from the database after they asked, so nobody gets an answer older than their question.
"""

from typing import NamedTuple

from chat import history
from chat.policy import Seat
from chat.realtime import protocol

MOST_BYTES = 8 * 1024 * 1024


class Page(NamedTuple):
    """A `synced` frame, and where its reader goes on from."""

    frame: bytes
    version: int
    last_seq: int
    has_more: bool


class Pages:
    def __init__(self) -> None:
        self._pages: dict[tuple[int, int], Page] = {}  # (chat id, version asked from)
        self._bytes = 0

    def get(self, seat: Seat, since: int, now: tuple[int, int] | None) -> Page | None:
        """What changed after `since`, if it is at hand. `now`: the chat's `last_seq` and `version`, None if unknown."""
        if now is None:
            return None
        last_seq, version = now
        if since == version:
            return _page(
                seat, history.Changes(messages=[], last_seq=last_seq, version=version, has_more=False)
            )
        page = self._pages.get((seat.chat_id, since))
        return page if page is not None and page.version == version else None

    def put(self, seat: Seat, since: int, changes: history.Changes) -> Page:
        page = _page(seat, changes)
        if not page.has_more:
            if self._bytes > MOST_BYTES:
                self.forget()
            self._pages[seat.chat_id, since] = page
            self._bytes += len(page.frame)
        return page

    def forget(self) -> None:
        """Called every few seconds: a page may name somebody who has another name now."""
        self._pages.clear()
        self._bytes = 0


def _page(seat: Seat, changes: history.Changes) -> Page:
    frame = protocol.Synced(
        chat=seat.key,
        messages=changes.messages,
        version=changes.version,
        last_seq=changes.last_seq,
        has_more=changes.has_more,
    )
    return Page(protocol.encode(frame), changes.version, changes.last_seq, changes.has_more)
