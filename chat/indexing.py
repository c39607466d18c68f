"""Takes messages into the index of words, those from before it was there among them: a follower of the log."""

import logging
import time
from collections.abc import Sequence

from accounts import followers
from chat.followers import LogFollower
from chat.log import index
from chat.models import Chat
from chat.protocol import Message

logger = logging.getLogger(__name__)
#: The part of a processor that this takes while there is much to do: messages that are sent meanwhile come first.
SHARE = 0.05
#: The longest pause after a batch, in seconds.
PAUSE = 0.25
#: After so many messages on end the log says how far it is.
TOLD = 10_000


class Index(LogFollower):
    name = index.FOLLOWER
    from_the_beginning = True

    def __init__(self) -> None:
        self.done = self.told = 0
        self.spent = 0.0  # seconds of this thread's processor time, at the end of the last batch

    def handle(self, chat: Chat, messages: Sequence[Message]) -> None:
        index.put([index.of(chat.pk, message) for message in messages])
        self.done += len(messages)
        if self.done - self.told >= TOLD:
            self.told = self.done
            logger.info("%s messages are in the index of words since the start", self.done)
        spent, self.spent = time.thread_time() - self.spent, time.thread_time()
        time.sleep(max(0.0, min(PAUSE, spent * (1 / SHARE - 1))))


followers.register(Index())
