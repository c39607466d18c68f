"""Typing indicators, combined over all sockets of a person: typing ends when it ends on the last of them."""

Place = tuple[int, int]  # (chat id, user id)
LASTS = 6.0  # seconds that a typing signal lasts; clients repeat it every few


class Typists:
    """The typing signals of all processes, as known to this one. Without a clock: `now` is in seconds of any one
    clock."""

    def __init__(self) -> None:
        self._signs: dict[Place, dict[str, float]] = {}  # by socket: when the signal expires

    def note(self, place: Place, socket_id: str, is_typing: bool, now: float) -> bool:
        """Record a signal. Returns whether to send it: typing that ends on one socket may go on on another."""
        signs = self._signs.setdefault(place, {})
        if is_typing:
            signs[socket_id] = now + LASTS
            return True
        signs.pop(socket_id, None)
        if any(end > now for end in signs.values()):
            return False
        del self._signs[place]
        return True

    def forget(self, now: float) -> None:
        """Forget signals that have expired."""
        for place, signs in list(self._signs.items()):
            if all(end <= now for end in signs.values()):
                del self._signs[place]
