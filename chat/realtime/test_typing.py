"""A sign of typing whose end was never heard, as its ring was lost, counts for a few seconds and leaves nothing."""

from chat.realtime.typing import LASTS, Typists

PLACE = (7, 1)


def test_a_lost_end_keeps_the_end_on_another_socket_from_being_told_for_seconds_only() -> None:
    typists = Typists()
    assert typists.note(PLACE, "lost", True, 0.0)
    assert typists.note(PLACE, "heard", True, 1.0)
    assert not typists.note(PLACE, "heard", False, LASTS - 0.1)
    assert typists.note(PLACE, "heard", True, LASTS - 0.1)
    assert typists.note(PLACE, "heard", False, LASTS)


def test_a_sign_that_nobody_ends_is_forgotten() -> None:
    typists = Typists()
    typists.note(PLACE, "lost", True, 0.0)
    typists.forget(LASTS - 0.1)
    assert not typists.note(PLACE, "other", False, LASTS - 0.1), "it still counts"
    typists.forget(LASTS)
    assert typists._signs == {}
