"""The operator's pages for people, devices and failed log-ins."""

import pytest
from django.test import Client
from rest_framework.test import APIClient

from accounts import throttle, tokens
from accounts.admin import UserAdmin
from accounts.models import LoginFailure, Session, User
from files.models import Avatar, StoredFile
from lib.errors import NotAuthenticated
from tests.api.clients import PASSWORD

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_limits")]
URL = "/admin/accounts"


@pytest.fixture
def admin(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("root", "root@example.org"))
    return client


def is_in(pair: tokens.TokenPair) -> bool:
    try:
        return bool(tokens.load(tokens.verify(pair.access)))
    except NotAuthenticated:
        return False


def act(admin: Client, model: str, action: str, *objects):
    body = {"action": action, "_selected_action": [obj.pk for obj in objects]}
    return admin.post(f"{URL}/{model}/", body, follow=True)


def test_the_lists_and_their_searches_open(admin, ann):
    session = Session.objects.get(pk=tokens.verify(tokens.issue(ann).access).session_id)
    throttle.count_failure(["address:192.0.2.1"])
    for model in ("user", "session", "loginfailure"):
        page = admin.get(f"{URL}/{model}/", {"q": "1"})
        assert page.status_code == 200
    for path in (f"user/{ann.pk}/change/", f"session/{session.pk}/change/", "user/add/"):
        assert admin.get(f"{URL}/{path}").status_code == 200
    assert session.refresh_jti not in admin.get(f"{URL}/session/{session.pk}/change/").content.decode()


def test_the_lists_take_as_many_queries_for_many_as_for_few(admin, ann, django_assert_max_num_queries):
    for number in range(20):
        tokens.issue(User.objects.create_user(f"person-{number}"))
    for model in ("user", "session"):
        with django_assert_max_num_queries(9):
            assert admin.get(f"{URL}/{model}/").status_code == 200


def test_adding_somebody_hashes_the_password_and_needs_no_address(admin):
    for name in ("new", "Älter"):
        body = {"username": name, "usable_password": "true", "password1": PASSWORD, "password2": PASSWORD}
        assert admin.post(f"{URL}/user/add/", body).status_code == 302
    assert User.objects.filter(username="Älter", username_key="älter").exists()
    user = User.objects.get(username="new")
    assert user.email is None
    assert user.check_password(PASSWORD)
    assert APIClient().post("/auth/login", {"username": "new", "password": PASSWORD}).status_code == 200


def test_a_password_may_be_repeated_with_its_letters_composed_in_another_way(admin, ann):
    typed, again = "cr\u00e8me-br\u00fbl\u00e9e", "cre\u0300me-bru\u0302le\u0301e"
    body = {"usable_password": "true", "password1": typed, "password2": again}
    assert admin.post(f"{URL}/user/add/", {**body, "username": "new"}).status_code == 302
    assert admin.post(f"{URL}/user/{ann.pk}/password/", body).status_code == 302
    assert all(User.objects.get(username=name).check_password(again) for name in ("new", "ann"))
    page = admin.post(f"{URL}/user/add/", {**body, "username": "newer", "password2": "creme-brulee"})
    assert list(page.context["adminform"].form.errors) == ["password2"]
    body = {"usable_password": "false", "password1": "", "password2": "", "username": "newer"}
    assert admin.post(f"{URL}/user/add/", body).status_code == 302


def test_a_taken_or_wrong_name_is_refused_in_words(admin, ann):
    for name, where in (
        ("ANN", "username"),
        ("аnn", "username"),
        ("a b", "username"),
        ("deleted-3", "username"),
        ("Admin", "username"),
    ):
        body = {"username": name, "usable_password": "true", "password1": PASSWORD, "password2": PASSWORD}
        page = admin.post(f"{URL}/user/add/", body)
        assert page.status_code == 200
        assert list(page.context["adminform"].form.errors) == [where]
    assert User.objects.count() == 2


def change(admin: Client, user: User, **changes):
    body = {
        "username": user.username,
        "email": user.email or "",
        "kind": user.kind,
        "is_active": "on",
        **changes,
    }
    return admin.post(f"{URL}/user/{user.pk}/change/", {k: v for k, v in body.items() if v is not None})


def test_unticking_active_ends_the_sessions(admin, ann):
    pair = tokens.issue(ann)
    assert change(admin, ann, display_name="Ann").status_code == 302
    assert is_in(pair)
    assert change(admin, ann, is_active=None).status_code == 302
    assert not is_in(pair)
    assert ann.sessions.get().revoked_at is not None


def test_a_password_set_by_the_operator_ends_the_sessions(admin, ann):
    pair = tokens.issue(ann)
    body = {"usable_password": "true", "password1": "four-red-kites", "password2": "four-red-kites"}
    assert admin.post(f"{URL}/user/{ann.pk}/password/", body).status_code == 302
    assert not is_in(pair)
    assert User.objects.get(pk=ann.pk).check_password("four-red-kites")


def test_saving_a_person_writes_only_what_was_changed(admin, ann, monkeypatch):
    page = f"{URL}/user/{ann.pk}/change/"
    form = admin.get(page).context["adminform"].form
    body = {name: value for name, value in form.initial.items() if value and name in form.fields}
    body = {name: value for name, value in body.items() if name not in ("groups", "user_permissions")}
    former = UserAdmin.save_form

    def save_form(*args, **kwargs):  # meanwhile the person changes something, too
        User.objects.filter(pk=ann.pk).update(avatar=Avatar.objects.create(file=file), title="Gardener")
        return former(*args, **kwargs)

    file = StoredFile.objects.create(path="a", state=StoredFile.State.KEPT)
    monkeypatch.setattr(UserAdmin, "save_form", save_form)
    assert admin.post(page, {**body, "display_name": "Änne", "email": "new@example.org"}).status_code == 302
    ann.refresh_from_db()
    assert (ann.display_name, ann.email, ann.title) == ("Änne", "new@example.org", "Gardener")
    assert ann.avatar is not None and ann.search_text == "ann\nanne"


def test_deactivating_ends_the_sessions_but_not_ones_own(admin, ann):
    pair = tokens.issue(ann)
    root = User.objects.get(username="root")
    assert "1 deactivated" in act(admin, "user", "deactivate", ann, root).content.decode()
    assert not is_in(pair)
    assert list(User.objects.filter(is_active=True)) == [root]


def test_signing_somebody_out_everywhere(admin, ann):
    pair = tokens.issue(ann)
    browser = APIClient()
    browser.force_login(ann)
    act(admin, "user", "sign_out", ann)
    assert not is_in(pair)
    assert browser.get("/users/me").status_code == 401
    assert User.objects.get(pk=ann.pk).is_active


def test_deleting_empties_the_account_and_keeps_the_row(admin, ann):
    pair = tokens.issue(ann)
    assert admin.get(f"{URL}/user/{ann.pk}/delete/").status_code == 200
    assert admin.post(f"{URL}/user/{ann.pk}/delete/", {"post": "yes"}).status_code == 302
    assert User.objects.get(pk=ann.pk).username == f"deleted-{ann.pk}"
    assert not is_in(pair)


def test_deleting_several_at_once(admin, ann):
    body = {"action": "delete_selected", "_selected_action": [ann.pk], "post": "yes"}
    admin.post(f"{URL}/user/", body)
    assert User.objects.get(pk=ann.pk).email is None


def test_ending_one_session(admin, ann):
    pair, other = tokens.issue(ann), tokens.issue(ann)
    session = Session.objects.get(pk=tokens.verify(pair.access).session_id)
    act(admin, "session", "revoke", session)
    assert not is_in(pair)
    assert is_in(other)


def test_sessions_and_failures_cannot_be_written(admin, ann):
    tokens.issue(ann)
    session = ann.sessions.get()
    for path in ("session/add/", "loginfailure/add/", f"session/{session.pk}/delete/"):
        assert admin.get(f"{URL}/{path}").status_code == 403
    assert admin.post(f"{URL}/session/{session.pk}/change/", {"user_agent": "x"}).status_code == 403


def test_deleting_a_failure_unlocks_the_account(admin, ann, settings):
    settings.RATE_LIMITS = True
    key = throttle.account_key("ann")
    for _ in range(9):
        throttle.count_failure([key])
    log_in = {"username": "ann", "password": PASSWORD}
    assert APIClient().post("/auth/login", log_in).status_code == 429
    admin.post(
        f"{URL}/loginfailure/", {"action": "delete_selected", "_selected_action": [key], "post": "yes"}
    )
    assert not LoginFailure.objects.exists()
    assert APIClient().post("/auth/login", log_in).status_code == 200
