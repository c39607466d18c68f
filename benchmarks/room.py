"""The sockets of one room, and whether each got every message exactly once and in one order."""

import asyncio
import os
from bisect import bisect_right
from collections.abc import Callable
from itertools import pairwise

from benchmarks.load import SEQ, TEXT, Socket, message_number, numbers, split
from benchmarks.report import Figures

SLICE = 8
BUFFER = memoryview(bytearray(262_144))


class Order:
    """The messages in the order in which the first sender saw them; every other socket is compared with it."""

    def __init__(self) -> None:
        self.log = bytearray()  # their whole frames
        self.starts: list[int] = []  # where each begins in `log`
        self.numbers: list[int] = []
        self.gaps = 0  # between the `seq` of one and the next, where the server gives any
        self.last_seq = 0

    def add(self, frame: bytes, number: int) -> None:
        if seq := SEQ.search(frame):
            self.gaps += self.last_seq not in (0, int(seq[1]) - 1)
            self.last_seq = int(seq[1])
        self.starts.append(len(self.log))
        self.numbers.append(number)
        self.log += frame

    def frames_before(self, at: int) -> int:
        """How many frames end at or before `at`."""
        return bisect_right(self.starts, at) - (at < len(self.log))


class Listener(Socket):
    """A receiving socket. Its bytes are compared with the order's bytes, many frames at a time.

    Frames that are no message (news, pings) are skipped. Once a message frame differs, this socket's messages are
    read one by one, and judged by their numbers at the end.
    """

    def __init__(self, order: Order) -> None:
        super().__init__()
        self.order = order
        self.at = 0  # so far it equals the order's log
        self.own: list[int] | None = None  # its message numbers, once it went its own way

    def begin(self) -> None:
        """From now on bytes wait in the kernel until `check` fetches them: one read brings many frames.

        A read for each frame would cost this process more than the send costs the server.
        """
        self.transport.pause_reading()
        self.descriptor = self.transport.get_extra_info("socket").fileno()

    def end(self) -> None:
        if not self.transport.is_closing():
            self.transport.resume_reading()

    @property
    def got(self) -> int:
        return self.order.frames_before(self.at) if self.own is None else len(self.own)

    def check(self) -> bool:
        """Fetch what came and compare it; True if something came."""
        try:
            while (got := os.readv(self.descriptor, [BUFFER])) == len(BUFFER):
                self.chunks.append(bytes(BUFFER))
            self.chunks.append(bytes(BUFFER[:got]))
            if not got:
                self.closed = self.closed or "connection ended"
        except BlockingIOError:
            pass
        except OSError as error:
            self.closed = self.closed or str(error)
        came = any(self.chunks)
        if came or (self.rest and self.at < len(self.order.log)):
            self._compare(self.take())
        return came

    def _compare(self, data: bytes) -> None:
        log = self.order.log
        if self.own is None:
            same = min(len(data), len(log) - self.at)
            if log.startswith(data[:same], self.at):
                self.at += same
                self.rest = data[same:]
                return
            start = (
                self.order.starts[bisect_right(self.order.starts, self.at) - 1]
                if self.at < len(log)
                else self.at
            )
            data = bytes(log[start : self.at]) + data
            self.at = start
        self._frame_by_frame(data)

    def _frame_by_frame(self, data: bytes) -> None:
        done, log = 0, self.order.log
        for opcode, body, end in split(data):
            number = message_number(data, body, end) if opcode == TEXT else None
            if number is None:
                self.control(opcode, data[body:end])
            elif self.own is not None:
                self.own.append(number)
            elif log.startswith(data[done:end], self.at):
                self.at += end - done
            elif self.at + end - done > len(log):
                break  # ahead of the first sender: compare again when the log has grown
            else:
                self.own = [*self.order.numbers[: self.order.frames_before(self.at)], number]
            done = end
        self.rest = data[done:]


class Sender(Listener):
    """Keeps its share of messages in flight: sends the next when one of its own comes back.

    It reads every frame at once. The first one's order is what all others are compared with.
    """

    def __init__(self, order: Order, make: Callable[[int], bytes], first: bool) -> None:
        super().__init__(order)
        self.make, self.first = make, first
        self.own = []
        self.sent: list[int] = []
        self.flying: set[int] = set()
        self.sending = False
        self.fresh = False

    def begin(self) -> None:
        """Read at once, as before: what comes back lets the next one go."""

    def end(self) -> None:
        pass

    def send(self, count: int) -> None:
        fresh = [next(numbers) for _ in range(count)]
        self.sent += fresh
        self.flying.update(fresh)
        self.transport.write(b"".join(map(self.make, fresh)))

    def data_received(self, data: bytes) -> None:
        self.fresh = True
        if not self.sending and not self.sent:
            self.chunks.append(data)  # before the start: `settle` throws it away
            return
        data = self.rest + data
        done = back = 0
        assert self.own is not None
        for opcode, body, end in split(data):
            number = message_number(data, body, end) if opcode == TEXT else None
            if number is None:
                self.control(opcode, data[body:end])
            else:
                self.own.append(number)
                if self.first:
                    self.order.add(data[done:end], number)
                if number in self.flying:
                    self.flying.remove(number)
                    back += 1
            done = end
        self.rest = data[done:]
        if back and self.sending:
            self.send(back)

    def check(self) -> bool:
        fresh, self.fresh = self.fresh, False
        return fresh


async def check_all(sockets: list[Listener]) -> int:
    """How many sockets had something new. In small slices: the senders must not wait behind it."""
    fresh = 0
    for start in range(0, len(sockets), SLICE):
        fresh += sum([socket.check() for socket in sockets[start : start + SLICE]])
        await asyncio.sleep(0.001)
    return fresh


def judge(sockets: list[Listener], order: Order, sent: int, figures: Figures) -> None:
    """Count what went wrong into `figures`."""
    figures.disordered = order.gaps
    places = {number: place for place, number in enumerate(order.numbers)}
    for socket in sockets:
        if socket.own is None or socket.own == order.numbers:
            figures.lost += sent - socket.got
            continue
        once = set(socket.own)
        figures.lost += sent - len(once)
        figures.twice += len(socket.own) - len(once)
        seen = [places[number] for number in socket.own if number in places]
        figures.disordered += sum(later < sooner for sooner, later in pairwise(seen))
