"""Reads the initial state of sockets, for many of them at once."""

from collections.abc import Sequence
from typing import NamedTuple

from accounts import tokens
from accounts.models import User
from accounts.online import person
from accounts.person import Person
from chat import epoch, policy
from chat.log import history, summaries
from chat.log.summaries import MembershipRow
from chat.models import Chat
from chat.policy import Seat
from chat.protocol import ChatSummary
from lib import errors

MOST = 200  # sockets in one read


class Wanted(NamedTuple):
    """A socket to open: its person and chat (kind None: all their chats; id 0: general)."""

    claims: tokens.Claims
    kind: str | None
    chat_id: int


class Opening(NamedTuple):
    person: Person
    avatar_id: str | None  # theirs, for their messages
    seats: dict[int, Seat]
    summaries: list[ChatSummary]
    seat: Seat | None  # of the one chat
    history: history.History | None  # of the one chat: the newest page
    epoch: str


def read(known: summaries.SummaryCache, wanted: Sequence[Wanted]) -> dict[Wanted, Opening | errors.Refused]:
    """Read the initial state of these sockets: three to eight queries for all of them, and one for each chat of
    one-chat sockets."""
    now = epoch.current()
    sessions = tokens.load_all([one.claims for one in wanted])
    users = {session.user_id: session.user for session in sessions.values()}
    alive = [one for one in wanted if one.claims in sessions]
    places = _places(alive, users)
    pages = {
        chat_id: history.page(chat_id, history.PageRequest())
        for chat_id in {own[0].chat_id for one, own in places.items() if one.kind is not None and own}
    }
    told = iter(summaries.for_sockets([place for own in places.values() for place in own], known))
    found: dict[Wanted, Opening | errors.Refused] = {}
    for one, own in places.items():
        user = users[one.claims.user_id]
        if one.kind is not None and not own:
            found[one] = _refusal(user, one)
            continue
        seats = {place.chat_id: place.seat for place in own}
        seat = seats[own[0].chat_id] if one.kind is not None else None
        found[one] = Opening(
            person(user, is_online=True),
            user.avatar_id,
            seats,
            [next(told) for _ in own],
            seat,
            pages[seat.chat_id] if seat else None,
            now,
        )
    over = errors.NotAuthenticated(tokens.SESSION_OVER)
    return {one: found.get(one, over) for one in wanted}


def _places(wanted: Sequence[Wanted], users: dict[int, User]) -> dict[Wanted, list[MembershipRow]]:
    """The active memberships that belong to each of these sockets."""
    everything = {one.claims.user_id for one in wanted if one.kind is None}
    single = {
        (one.chat_id if one.kind != Chat.Kind.GENERAL else policy.general_id(), one.claims.user_id)
        for one in wanted
        if one.kind is not None
    }
    rows = _read(everything, single)
    inside = {place.user_id for place in rows if place.kind == Chat.Kind.GENERAL}
    newcomers = [
        user
        for one in wanted
        if one.kind in (None, Chat.Kind.GENERAL)
        and (user := users[one.claims.user_id]).pk not in inside
        and policy.is_in_general(user)
    ]
    if newcomers:
        for user in newcomers:
            policy.enter_general(user)
        rows = _read(everything, single)
    of_user: dict[int, dict[int, MembershipRow]] = {}
    for place in rows:
        of_user.setdefault(place.user_id, {})[place.chat_id] = place
    own = {one: of_user.get(one.claims.user_id, {}).values() for one in wanted}
    return {
        one: [place for place in places if one.kind is None or _is_about(one, place)]
        for one, places in own.items()
    }


def _read(everything: set[int], single: set[tuple[int, int]]) -> list[MembershipRow]:
    rows = summaries.memberships(everything) if everything else []
    return rows + (summaries.memberships_at(single) if single else [])


def _is_about(one: Wanted, place: MembershipRow) -> bool:
    """Whether a one-chat socket is for this membership's chat."""
    if one.kind == Chat.Kind.GENERAL:
        return place.kind == one.kind
    return (one.kind, one.chat_id) == (place.kind, place.chat_id)


def _refusal(user: User, one: Wanted) -> errors.Refused:
    assert one.kind is not None
    try:
        policy.seat(user, one.kind, one.chat_id)
    except errors.Refused as error:
        return error
    return errors.Unavailable()  # they were admitted a moment ago: the next attempt will find them
