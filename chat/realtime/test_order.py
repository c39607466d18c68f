"""Changes put in order: every order of arrival, every loss, every join, tried by Hypothesis."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec.json import decode

from chat.realtime.order import RECENT, Stream
from chat.realtime.testing import Log, Reader


@st.composite
def logs(draw: st.DrawFn) -> Log:
    log = Log()
    for act in draw(st.lists(st.sampled_from(["post", "edit", "react", "react"]), min_size=1, max_size=30)):
        if act == "post" or not log.messages:
            log.post()
        else:
            getattr(log, act)(draw(st.sampled_from(sorted(log.messages))))
    return log


@given(logs(), st.data())
def test_changes_in_any_order_come_out_in_order_and_once(log: Log, data: st.DataObject) -> None:
    stream, reader = Stream(1, 0, 0), Reader()
    arrivals = data.draw(st.permutations(log.changes + log.changes[::2]))
    for change in arrivals:
        reader.take(stream.offer(change))
    reader.take(stream.release())
    assert stream.version == len(log.changes) and not stream.has_gap
    assert reader.contents == log.contents


@given(logs(), st.data())
def test_whoever_is_cut_off_while_reactions_are_held_misses_nothing_by_resuming(
    log: Log, data: st.DataObject
) -> None:
    stream, reader, frames = Stream(1, 0, 0), Reader(), list[bytes]()
    for change in log.changes:
        at_once = stream.offer(change)
        assert change.reacted or change.frame in at_once, "only reactions wait"
        frames += at_once
        if data.draw(st.booleans()):
            frames += stream.release()
    heard = data.draw(st.integers(0, len(frames)))
    reader.take(frames[:heard])
    versions = [decode(frame)["version"] for frame in frames]
    assert versions == sorted(set(versions))
    for message in log.after(reader.version):  # as `synced` brings them
        reader.contents[message.seq] = message.content
    assert reader.contents == log.contents


@given(logs(), st.data())
def test_what_is_lost_is_filled_from_the_log_in_order(log: Log, data: st.DataObject) -> None:
    stream, reader = Stream(1, 0, 0), Reader()
    arriving = data.draw(st.lists(st.sampled_from(log.changes), max_size=40))
    for change in arriving:
        reader.take(stream.offer(change))
        if data.draw(st.booleans()):
            reader.take(stream.fill(log.after(stream.version), len(log.changes)))
    reader.take(stream.fill(log.after(stream.version), len(log.changes)))
    reader.take(stream.release())
    assert stream.version == len(log.changes) and not stream.has_gap
    assert reader.contents == log.contents


@given(logs(), st.data())
def test_whoever_is_cut_off_while_a_gap_is_filled_misses_nothing_by_resuming(
    log: Log, data: st.DataObject
) -> None:
    stream, reader = Stream(1, 0, 0), Reader()
    for change in log.changes[: data.draw(st.integers(0, len(log.changes)))]:
        reader.take(stream.offer(change))
    reader.take(stream.release())
    known = stream.version
    frames = stream.fill(log.after(known), len(log.changes))
    versions = [decode(frame)["version"] for frame in frames]
    assert versions == sorted(set(versions)) and all(version > known for version in versions)
    assert versions[-1:] in ([], [len(log.changes)])
    heard = data.draw(st.integers(0, len(frames)))
    reader.take(frames[:heard])
    resumed = max([known, *versions[:heard]])
    for message in log.after(resumed):  # as `synced` brings them
        reader.contents[message.seq] = message.content
    assert reader.contents == log.contents


@given(logs(), st.data())
def test_whoever_joins_from_a_recent_version_misses_nothing(log: Log, data: st.DataObject) -> None:
    stream, reader = Stream(1, 0, 0), Reader()
    known = data.draw(st.integers(0, len(log.changes)))
    for change in log.changes:
        frames = [*stream.offer(change), *stream.release()]
        if change.version <= known:
            reader.take(frames)
    missed = stream.after(known)
    assert missed is not None
    reader.take(missed)
    assert reader.contents == log.contents


def test_a_version_too_long_ago_is_not_at_hand() -> None:
    log, stream = Log(), Stream(1, 0, 0)
    for _ in range(RECENT + 5):
        log.post()
    for change in log.changes:
        stream.offer(change)
    assert stream.after(2) is None
    assert stream.after(len(log.changes)) == []
    assert stream.after(len(log.changes) + 1) is None, "nor is one that has not come yet"


def test_a_fill_that_is_older_than_what_came_meanwhile_changes_nothing() -> None:
    log, stream = Log(), Stream(1, 0, 0)
    log.post()
    old = log.after(0)
    log.post()
    for change in log.changes:
        stream.offer(change)
    assert stream.fill(old, 1) == []
    assert stream.version == 2


def test_nobody_joins_from_between_changes_that_were_filled() -> None:
    log, stream = Log(), Stream(1, 0, 0)
    for _ in range(5):
        log.post()
    stream.offer(log.changes[0])
    stream.fill(log.after(1), 4)
    stream.offer(log.changes[4])
    assert stream.after(2) is None
    assert stream.after(4) == [log.changes[4].frame]
