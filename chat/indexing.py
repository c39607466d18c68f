"""Takes messages into the index of words, those from before it was there among them: a follower of the log."""

import logging
import time
from collections.abc import Sequence

from chat.followers import LogFollower
from chat.log import index
from chat.models import Chat
from chat.protocol import Message

logger = logging.getLogger(__name__)
NAME = "search"
#: The part of its time that it works while there is much to do: messages that are sent meanwhile come first.
SHARE = 0.1
#: The longest pause between two batches, in seconds.
PAUSE = 0.25


class Index(LogFollower):
    name = NAME
    from_the_beginning = True

    def __init__(self) -> None:
        self._ended = time.monotonic()
        self._done = 0

    def handle(self, chat: Chat, messages: Sequence[Message]) -> None:
        begun = time.monotonic()
        index.put([(message.id, texts_of(message)) for message in messages])
        self._done += len(messages)
        ...


def texts_of(message: Message) -> list[str]:
    return index.texts_of(message.content, message.attachments or ())
