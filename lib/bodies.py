"""How large a request's body may be, said by its route where it may be larger than others."""

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

from lib.asgi import Scope

View = TypeVar("View", bound=Callable[..., Any])


class BodyLimit(NamedTuple):
    most: int
    admit: Callable[[Scope], object]


def body_limit(most: int, admit: Callable[[Scope], object]) -> Callable[[View], View]:
    """Let a view take bodies of up to `most` bytes. Decorates the view as the URLconf names it: the outermost.

    `admit` is called on the event loop, with the request's ASGI scope, before more of the body is read than any route
    takes. It says whether the client may send the rest, and raises the `errors.Refused` to answer with if not: without
    it strangers could fill the disk. The view still has to check everything, as smaller bodies come without it.

    Such a body is kept in a file: read it by `request.read(size)` or `request.FILES`, not by `request.body`, which
    takes only DATA_UPLOAD_MAX_MEMORY_SIZE.
    """

    def decorate(view: View) -> View:
        view.body_limit = BodyLimit(most, admit)  # type: ignore[attr-defined]
        return view

    return decorate
