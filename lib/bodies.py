"""How large a request's body may be, and whether it makes slow work: said by its route where it differs from others."""

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

from lib.asgi import Scope

View = TypeVar("View", bound=Callable[..., Any])

#: Bytes of a form beside its file: the other fields, the frame, and a small picture. A route that takes files of up to
#: a limit takes bodies of so much more; a file that is a little too large is then refused by name.
BESIDE_FILE = 1_048_576


class BodyLimit(NamedTuple):
    most: int
    admit: Callable[[Scope], object]
    slow: bool = False
    sentence: str = ""  # to who sends more


def body_limit(
    most: int, admit: Callable[[Scope], object], slow: bool = False, sentence: str = ""
) -> Callable[[View], View]:
    """Let a view take bodies of up to `most` bytes. Decorates the view as the URLconf names it: the outermost.

    `sentence`: what the view says of a file that is too large, so that a body with a larger one is refused alike.

    `admit` is called on the event loop, with the request's ASGI scope, before more than a first part of the body is
    read (chatproject.http.body.FILE_PART). It says whether the client may send the rest, and raises the
    `errors.Refused` to answer with if not: without it strangers could fill the disk. The view still has to check
    everything, as smaller bodies come without it.

    Such a body is kept in a file: read it by `request.read(size)` or `request.FILES`, not by `request.body`, which
    takes only DATA_UPLOAD_MAX_MEMORY_SIZE.

    `slow` is for a view that works on what it is sent for longer than a few hundredths of a second (POST, PUT, PATCH):
    few of those requests are served at a time, beside all others, and they may wait for long
    (chatproject.http.admission). While such a view waits for something else than the database, it should hold no
    connection to it: call `django.db.close_old_connections()` before, outside of transactions. That gives PostgreSQL's
    back to the pool, and keeps SQLite's.
    """

    def decorate(view: View) -> View:
        view.body_limit = BodyLimit(most, admit, slow, sentence)  # type: ignore[attr-defined]
        return view

    return decorate
