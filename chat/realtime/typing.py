"""Who is typing where, put together from all sockets of a person: typing ends when it ends on the last of them."""

Place = tuple[int, int]  # (chat id, user id)
LASTS = 6.0  # seconds that a sign of typing counts; clients repeat it every few


class Typists:
    """Signs of typing as one process hears them from all. Without a clock: `now` is in seconds, of any one clock."""

    def __init__(self) -> None:
        self._signs: dict[Place, dict[str, float]] = {}  # by socket: when the sign ends

    def note(self, place: Place, socket_id: str, is_typing: bool, now: float) -> bool:
        """Take a sign, and say whether to tell it: the end of typing on one socket is nothing while another types."""
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
        """Signs that ended without a word."""
        for place, signs in list(self._signs.items()):
            if all(end <= now for end in signs.values()):
                del self._signs[place]
