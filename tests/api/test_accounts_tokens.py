"""Tokens: signed, short-lived, rotated once, dead with their session."""

import threading
from datetime import datetime, timedelta

import jwt
import msgspec
import pytest
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import close_old_connections, connection
from django.utils import timezone
from rest_framework_simplejwt.backends import TokenBackend
from rest_framework_simplejwt.tokens import AccessToken

from accounts import signature, tokens, users
from accounts.handshake import asker
from accounts.models import Session, User
from lib.errors import NotAuthenticated, TokenExpired

pytestmark = pytest.mark.django_db


@pytest.fixture
def ann() -> User:
    user = User(username="ann", email="ann@example.org")
    user.set_unusable_password()
    user.save()
    return user


def is_dead(pair: tokens.TokenPair) -> bool:
    try:
        tokens.load(tokens.verify(pair.access))
    except NotAuthenticated:
        return True
    return False


def test_an_access_token_names_person_and_session_without_a_query(ann, django_assert_num_queries):
    pair = tokens.issue(ann)
    with django_assert_num_queries(0):
        claims = tokens.verify(pair.access)
    session = Session.objects.get()
    assert (claims.user_id, claims.session_id) == (ann.pk, session.pk)
    assert abs(claims.expires_at - timezone.now() - timedelta(minutes=15)) < timedelta(seconds=5)
    assert pair.expires_in == 900


def test_turns_go_by_the_person_of_a_valid_token_and_else_by_where_a_request_comes_from(ann):
    def scope(address: str, token: str = "") -> dict[str, object]:
        return {"client": (address, 1), "headers": [(b"authorization", f"Bearer {token}".encode())]}

    first, second = tokens.issue(ann).access, tokens.issue(ann).access
    assert asker(scope("192.0.2.1", first)) == asker(scope("192.0.2.2", second)) == ann.pk
    assert asker(scope("192.0.2.1", "made-up")) == asker(scope("192.0.2.1", "another"))
    assert asker(scope("192.0.2.1")) != asker(scope("192.0.2.2"))
    assert asker(scope("2001:db8::1")) == asker(scope("2001:db8::2"))
    assert asker({"client": None, "headers": []}) == ""


def test_a_token_that_was_good_a_moment_ago_expires_all_the_same(ann, monkeypatch):
    class Later(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.now(tz) + timedelta(minutes=16)

    token = tokens.issue(ann).access
    assert tokens.verify(token) == tokens.verify(token)
    monkeypatch.setattr(tokens, "datetime", Later)
    with pytest.raises(TokenExpired):
        tokens.verify(token)


def test_a_process_whose_clock_is_behind_takes_the_tokens_of_the_others(ann):
    """It would refuse a token that says it was made, or is valid, only from some time on."""
    pair = tokens.issue(ann)
    for token in (pair.access, pair.refresh):
        claims = jwt.decode(token, options={"verify_signature": False})
        assert claims["user_id"] and not {"iat", "nbf"} & set(claims)


def test_loading_the_session_with_its_person_is_one_query(ann, django_assert_num_queries):
    claims = tokens.verify(tokens.issue(ann).access)
    with django_assert_num_queries(1):
        assert tokens.load(claims).user == ann


def test_a_refresh_token_gives_a_new_pair_of_the_same_session(ann):
    first = tokens.issue(ann)
    second = tokens.rotate(first.refresh)
    assert second.refresh != first.refresh
    assert tokens.load(tokens.verify(second.access)) == Session.objects.get()
    assert tokens.rotate(second.refresh).refresh


def later(seconds: float = tokens.GRACE) -> None:
    """As if the tokens had been exchanged so much earlier."""
    for session in Session.objects.all():
        lines = [line.split() for line in session.former_jtis.splitlines()]
        session.former_jtis = "\n".join(f"{jti} {float(at) - seconds}" for jti, at in lines)
        session.save()


def test_a_refresh_token_used_again_after_half_a_minute_ends_its_session(ann):
    other = tokens.issue(ann)
    first = tokens.issue(ann)
    second = tokens.rotate(first.refresh)
    later()
    before = User.objects.get(pk=ann.pk).access_changed_at
    with pytest.raises(NotAuthenticated):
        tokens.rotate(first.refresh)
    with pytest.raises(NotAuthenticated):
        tokens.rotate(second.refresh)
    assert is_dead(second)
    assert User.objects.get(pk=ann.pk).access_changed_at != before
    assert not is_dead(other)


def test_a_refresh_whose_answer_was_lost_gives_the_same_pair_again_however_often(ann):
    pair = tokens.issue(ann)
    for _ in range(3):
        answers = [tokens.rotate(pair.refresh) for _ in range(4)]
        assert {answer.refresh for answer in answers} == {answers[0].refresh}
        assert not any(is_dead(answer) for answer in (pair, *answers))
        pair = answers[-1]


def test_the_newest_pair_given_again_lives_no_longer_than_the_first_time(ann):
    first = tokens.issue(ann)
    second = tokens.rotate(first.refresh)
    later(tokens.GRACE - 1)
    assert tokens.rotate(first.refresh).refresh == second.refresh
    later(1)
    with pytest.raises(NotAuthenticated):
        tokens.rotate(first.refresh)


def test_an_even_older_token_that_comes_late_is_refused_and_ends_nothing_yet(ann):
    """As when a page is reloaded twice, and the first one's request is still on its way."""
    first = tokens.issue(ann)
    third = tokens.rotate(tokens.rotate(first.refresh).refresh)
    with pytest.raises(NotAuthenticated):
        tokens.rotate(first.refresh)
    assert not is_dead(third)
    later()
    with pytest.raises(NotAuthenticated):
        tokens.rotate(first.refresh)
    assert is_dead(third)


def test_an_even_older_token_from_elsewhere_ends_the_session_at_once(ann):
    first = tokens.issue(ann, PHONE)
    third = tokens.rotate(tokens.rotate(first.refresh, PHONE).refresh, PHONE)
    with pytest.raises(NotAuthenticated):
        tokens.rotate(first.refresh, tokens.Device("Laptop", "192.0.2.1"))
    assert is_dead(third)


def test_a_session_remembers_no_more_than_a_few_former_tokens(ann):
    pair = tokens.issue(ann)
    for _ in range(tokens.FORMER + 5):
        pair = tokens.rotate(pair.refresh)
    assert len(Session.objects.get().former_jtis.splitlines()) == tokens.FORMER


PHONE = tokens.Device("Phone", "192.0.2.1")


@pytest.mark.parametrize(
    ("again", "has_cookie", "is_same"),
    [
        (PHONE, False, True),
        (tokens.Device("Phone", "192.0.2.2"), True, True),
        (tokens.Device("Phone", "192.0.2.2"), False, False),
        (tokens.Device("Laptop", "192.0.2.1"), False, False),
        (tokens.Device("Laptop", "192.0.2.1"), True, False),
        (tokens.Device("", None), False, False),
    ],
    ids=["here", "after the tunnel", "elsewhere", "another program", "a copied cookie", "from nowhere"],
)
def test_only_the_same_device_gets_the_newest_pair_again(ann, again, has_cookie, is_same):
    first = tokens.issue(ann, PHONE)
    cookie = first.session_id if has_cookie else None
    second = tokens.rotate(first.refresh, PHONE, cookie)
    if is_same:
        assert tokens.rotate(first.refresh, again, cookie).refresh == second.refresh
    else:
        with pytest.raises(NotAuthenticated):
            tokens.rotate(first.refresh, again, cookie)
    assert is_dead(second) is not is_same


def test_the_cookie_of_another_session_proves_nothing(ann):
    first, other = tokens.issue(ann, PHONE), tokens.issue(ann, PHONE)
    tokens.rotate(first.refresh, PHONE)
    with pytest.raises(NotAuthenticated):
        tokens.rotate(first.refresh, tokens.Device("Phone", "192.0.2.2"), other.session_id)


def test_addresses_of_one_ipv6_network_are_one_device(ann):
    first = tokens.issue(ann, tokens.Device("Phone", "2001:db8::1"))
    second = tokens.rotate(first.refresh, tokens.Device("Phone", "2001:db8::1"))
    assert tokens.rotate(first.refresh, tokens.Device("Phone", "2001:db8::99")).refresh == second.refresh


def test_neither_a_log_out_nor_the_account_s_end_leaves_the_token_before_the_newest(ann):
    for end in (
        lambda pair: tokens.revoke(tokens.load(tokens.verify(pair.access))),
        lambda _: users.deactivate(ann),
    ):
        first = tokens.issue(ann)
        end(tokens.rotate(first.refresh))
        with pytest.raises(NotAuthenticated):
            tokens.rotate(first.refresh)


def test_a_refresh_token_lives_on_with_each_use_but_not_past_its_end(ann):
    pair = tokens.issue(ann)
    Session.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    with pytest.raises(NotAuthenticated):
        tokens.rotate(pair.refresh)
    assert is_dead(pair)


def test_an_inactive_person_gets_no_new_tokens(ann):
    pair = tokens.issue(ann)
    User.objects.update(is_active=False)
    assert is_dead(pair)
    with pytest.raises(NotAuthenticated):
        tokens.rotate(pair.refresh)


def test_revoking_ends_one_session(ann):
    pair, other = tokens.issue(ann), tokens.issue(ann)
    tokens.revoke(tokens.load(tokens.verify(pair.access)))
    assert is_dead(pair)
    assert not is_dead(other)
    with pytest.raises(NotAuthenticated):
        tokens.rotate(pair.refresh)


def test_revoking_all_can_leave_one_out(ann):
    pairs = [tokens.issue(ann) for _ in range(3)]
    tokens.revoke_all(ann, except_session=tokens.load(tokens.verify(pairs[1].access)))
    assert [is_dead(pair) for pair in pairs] == [True, False, True]


def test_a_deleted_account_has_no_living_token(ann):
    pair = tokens.issue(ann)
    users.delete(ann)
    assert is_dead(pair)


def test_an_expired_access_token_says_so(ann):
    token = AccessToken()
    token["user_id"], token["sid"] = ann.pk, "18a6ead3-8a4a-4f9c-a567-4eab8d38c6cb"
    token.set_exp(lifetime=timedelta(seconds=-1))
    with pytest.raises(TokenExpired):
        tokens.verify(str(token))


def forged(**changes) -> str:
    claims = {
        "token_type": "access",
        "exp": timezone.now() + timedelta(days=1),
        "jti": "1",
        "user_id": 1,
        "sid": "18a6ead3-8a4a-4f9c-a567-4eab8d38c6cb",
    }
    claims = {name: value for name, value in {**claims, **changes}.items() if value is not None}
    return jwt.encode(claims, settings.SECRET_KEY, algorithm="HS256")


@pytest.mark.parametrize(
    "token",
    [
        "",
        " ",
        "x",
        "a.b.c",
        "é.é.é",
        "x" * 5000,
        jwt.encode({"token_type": "access", "user_id": 1}, "another key, long enough to be taken", "HS256"),
        jwt.encode({"token_type": "access", "user_id": 1}, "", "none"),
        jwt.encode({"token_type": "access", "user_id": 1}, settings.SECRET_KEY, "HS512"),
        forged(token_type="refresh"),
        forged(token_type=None),
        forged(exp=None),
        forged(user_id=None),
        forged(user_id=[1]),
        forged(sid=None),
        forged(sid="not-a-uuid"),
        forged(sid=5),
        forged() + "\udce9",
    ],
    ids=range(18),
)
def test_what_is_no_access_token_of_ours_is_refused(token, django_assert_num_queries):
    with django_assert_num_queries(0), pytest.raises(NotAuthenticated) as refused:
        tokens.verify(token)
    assert refused.value.code == "not_authenticated"


def test_our_own_tokens_are_known_without_pyjwt_and_by_the_same_signature(ann):
    token = tokens.issue(ann).access
    quick = signature.ours(token)
    assert quick is not None
    assert msgspec.structs.asdict(quick) | {"sid": str(quick.sid)} == jwt.decode(
        token, settings.SECRET_KEY, algorithms=["HS256"]
    )


def test_our_own_tokens_are_known_by_the_key_that_simplejwt_signs_with(ann, settings):
    """Which need not be SECRET_KEY: after another key was set, the former one's tokens are nobody's."""
    former = tokens.issue(ann).access
    key = "another-key-of-at-least-thirty-two-characters"
    settings.SIMPLE_JWT = {**settings.SIMPLE_JWT, "SIGNING_KEY": key}
    assert signature.ours(former) is None
    claims = jwt.decode(former, options={"verify_signature": False})
    assert signature.ours(TokenBackend("HS256", key).encode(claims)) is not None


@pytest.mark.parametrize(
    ("name", "value"),
    [("ALGORITHM", "HS512"), ("AUDIENCE", "others"), ("ISSUER", "us"), ("USER_ID_CLAIM", "sub")],
)
def test_nothing_starts_with_settings_of_simplejwt_that_the_quick_look_does_not_know(settings, name, value):
    assert signature.check_settings() == []
    settings.SIMPLE_JWT = {**settings.SIMPLE_JWT, name: value}
    with pytest.raises(SystemCheckError, match=name):
        call_command("check")


def test_a_token_with_one_character_changed_is_nobodys():
    token = forged()
    for place in range(len(token) - 1):  # in the last one two bits mean nothing
        other = "B" if token[place] == "A" else "A"
        with pytest.raises(NotAuthenticated):
            tokens.verify(token[:place] + other + token[place + 1 :])


@pytest.mark.parametrize(
    "token",
    [
        forged(exp=timezone.now() - timedelta(seconds=1)),
        forged(nbf=timezone.now() + timedelta(hours=1)),
        forged(token_type="refresh"),
        jwt.encode({"user_id": 1}, settings.SECRET_KEY, "HS512"),
    ],
    ids=["expired", "not yet valid", "refresh", "another algorithm"],
)
def test_what_wants_a_second_look_is_left_to_the_library(token):
    assert signature.ours(token) is None
    with pytest.raises((NotAuthenticated, TokenExpired)):
        tokens.verify(token)


@pytest.mark.parametrize("bad", ["", "x", "a.b.c", "é", "access"])
def test_what_is_no_refresh_token_of_ours_is_refused(ann, bad):
    pair = tokens.issue(ann)
    with pytest.raises(NotAuthenticated):
        tokens.rotate(pair.access if bad == "access" else bad)
    assert not is_dead(pair)


@pytest.mark.django_db(transaction=True)
def test_many_threads_with_the_same_refresh_token_get_one_and_the_same_pair():
    person = User.objects.create_user("ann", "ann@example.org")
    pair = tokens.issue(person)
    for _ in range(5):
        got: list[tokens.TokenPair] = []
        together = threading.Barrier(4)

        def refresh(old=pair, got=got, together=together) -> None:
            together.wait()
            try:
                got.append(tokens.rotate(old.refresh))
            finally:
                close_old_connections()
                connection.close()

        threads = [threading.Thread(target=refresh) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(got) == 4
        assert len({answer.refresh for answer in got} - {pair.refresh}) == 1
        assert not any(is_dead(answer) for answer in got)
        pair = got[0]
