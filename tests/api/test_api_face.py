"""What all of the API has in common: one error shape, the documents, the browsable pages, health."""

import json
import os
import re
import subprocess
import sys
import time
from itertools import chain
from typing import Any
from uuid import uuid4

import jsonschema  # type: ignore[import-untyped]
import msgspec
import pytest
import yaml
from django.conf import settings
from django.core.cache import cache
from django.core.management import call_command
from django.db import OperationalError
from django.test import Client
from django.urls import URLResolver, get_resolver
from drf_spectacular.generators import SchemaGenerator
from rest_framework.test import APIClient

from accounts import tokens
from accounts.models import User
from chat import policy, protocol
from chat.api import asyncapi, examples
from chat.models import Message
from chat.realtime import decoding, runtime
from lib import errors, rest
from lib.database import errors as database_errors
from lib.schemas import schemas
from tests.api.clients import PASSWORD

PAGE: dict[str, Any] = {"HTTP_ACCEPT": "text/html,application/xhtml+xml,*/*;q=0.8"}
EVERY_FRAME = (*asyncapi.INCOMING, *protocol.OUTGOING)


@pytest.fixture(autouse=True)
def _no_throttles():
    cache.clear()


@pytest.fixture
def ann(db) -> User:
    return User.objects.create_user("ann", "ann@example.org")


@pytest.fixture
def api_client(ann) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {tokens.issue(ann).access}")
    return client


@pytest.fixture
def browser(ann) -> Client:
    """A browser signed in with a session, whose forms need their CSRF token."""
    client = Client(enforce_csrf_checks=True, raise_request_exception=False, **PAGE)
    client.force_login(ann)
    return client


def shape(answer, status):
    assert answer.status_code == status, answer.content
    found = answer.json()
    assert set(found) == {"error"}
    assert {"code", "detail"} <= set(found["error"]) <= {"code", "detail", "fields"}
    return found["error"]


# ---------------------------------------------------------------- errors


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path", ["/nothing", "/nothing/", "/chats/nowhere", "/chats/room/x/history", "/messages/-1"]
)
def test_an_unknown_path_answers_in_the_one_shape(client, path):
    assert shape(client.get(path), 404)["code"] == "not_found"
    assert shape(client.post(path, {}), 404)["code"] == "not_found"


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/chats", "/chats/general/history", "/healthz", "/asyncapi", "/"])
def test_a_wrong_method_says_which_are_right(api_client, path):
    answer = api_client.delete(path)
    assert shape(answer, 405)["code"] == "method_not_allowed"
    assert "GET" in answer["Allow"]


def test_both_spellings_of_a_path_mean_the_same(api_client):
    for path in ("/chats", "/chats/general/history", "/users", "/schema", "/healthz", "/asyncapi"):
        assert api_client.get(path).status_code == api_client.get(f"{path}/").status_code == 200
    for end in ("", "/"):
        answer = api_client.post(f"/chats/general/messages{end}", {"content": "hi"})
        assert answer.status_code == 201


def test_a_format_nobody_has_is_refused_in_the_one_shape(api_client):
    shape(api_client.get("/chats", HTTP_ACCEPT="image/png"), 406)
    shape(api_client.get("/chats?format=xml"), 404)


def test_head_and_options_work(api_client):
    for path in ("/chats", "/chats/general/history", "/healthz", "/readyz", "/asyncapi", "/schema", "/docs"):
        assert api_client.head(path).status_code == 200, path
        assert api_client.options(path).status_code == 200, path


def test_a_defect_answers_in_the_one_shape_and_tells_nothing(client, settings, ann):
    settings.ROOT_URLCONF = "tests.api.broken_urls"
    client.raise_request_exception = False
    error = shape(client.get("/defect"), 500)
    assert error["code"] == "server_error"
    assert "secret" not in error["detail"]
    answer = client.get("/defect", **PAGE)
    assert answer.status_code == 500
    assert "text/html" in answer["Content-Type"]
    assert b"secret" not in answer.content


def test_a_browser_gets_a_page_for_an_error(browser):
    answer = browser.get("/nothing")
    assert answer.status_code == 404
    assert "text/html" in answer["Content-Type"]
    assert b"Page not found" in answer.content
    answer = browser.post("/api-auth/logout/")
    assert answer.status_code == 403
    assert b"CSRF" in answer.content


def test_a_missing_csrf_token_is_an_error_in_the_one_shape(ann):
    client = Client(enforce_csrf_checks=True)
    client.force_login(ann)
    answer = client.post("/chats/general/messages", {"content": "hi"})
    assert shape(answer, 403)["code"] == "forbidden"
    assert not Message.objects.exists()


# ---------------------------------------------------------------- the database away


@pytest.mark.parametrize(
    "error", [OperationalError("gone"), *[kind("gone") for kind in database_errors.AWAY]]
)
def test_a_database_that_is_away_is_unavailable(error):
    refusal = rest.translate(error)
    assert isinstance(refusal, errors.Unavailable)
    assert rest.headers(refusal)["Retry-After"]


def test_with_the_database_away_everything_answers_503_within_5_seconds(tmp_path):
    script = """
import time, django
django.setup()
from django.test import Client
client = Client(raise_request_exception=False)
for path, accept in (("/chats", "*/*"), ("/chats", "text/html"), ("/readyz", "*/*"), ("/healthz", "*/*")):
    client.cookies["sessionid"] = "x" * 32
    began = time.monotonic()
    answer = client.get(path, HTTP_ACCEPT=accept)
    print(answer.status_code, answer.headers.get("Retry-After"), round(time.monotonic() - began, 1), answer.content[:1])
"""
    environment = {
        **os.environ,
        "DATABASE_URL": "postgres://chat:chat@127.0.0.1:1/chat",
        "DATA_DIR": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "chatproject.settings",
        "DEBUG": "on",  # the page's style sheet need not be collected
    }
    ran = subprocess.run(
        [sys.executable, "-c", script],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        cwd=settings.BASE_DIR,
    )
    lines = [line.split() for line in ran.stdout.splitlines()]
    assert len(lines) == 4, ran.stderr
    for status, retry_after, seconds, _ in lines[:3]:
        assert (status, retry_after) == ("503", "2")
        assert float(seconds) < 5
    assert lines[0][3] == "b'{'"
    assert lines[1][3] == "b'<'"
    assert lines[3][0] == "200"


# ---------------------------------------------------------------- health


def test_liveness_asks_nothing(client):
    assert client.get("/healthz").json() == {"status": "ok"}  # without the mark, a query would fail the test


@pytest.mark.django_db
def test_readiness_asks_the_database_and_the_channel_layer(client, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert client.get("/readyz").json() == {"status": "ok"}


@pytest.mark.django_db
def test_readiness_says_that_the_channel_layer_is_away(client, settings):
    settings.CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "chat.realtime.layer.RedisLayer",
            "CONFIG": {"hosts": [{"address": "redis://127.0.0.1:1/0", "socket_connect_timeout": 1}]},
        }
    }
    began = time.monotonic()
    answer = client.get("/readyz")
    assert time.monotonic() - began < 4
    error = shape(answer, 503)
    assert "channel layer" in error["detail"]
    assert "database" not in error["detail"]
    assert answer["Retry-After"]


@pytest.mark.django_db
async def test_readiness_ends_when_the_process_stops(async_client):
    started = runtime.current()
    try:
        started.drain()
        answer = await async_client.get("/readyz")
        assert "stopping" in shape(answer, 503)["detail"]
    finally:
        await runtime.stop()


# ---------------------------------------------------------------- OpenAPI


@pytest.fixture(scope="module")
def document():
    return SchemaGenerator().get_schema(request=None, public=True)


def operations(document):
    return [
        (f"{method.upper()} {path}", operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]


def test_the_openapi_document_is_valid_and_complete(tmp_path):
    call_command("spectacular", validate=True, fail_on_warn=True, file=str(tmp_path / "schema.yml"))


def test_every_endpoint_is_in_the_document_with_its_errors_and_an_example(document):
    for name, operation in operations(document):
        answers = operation["responses"]
        contents = [
            content
            for part in (*answers.values(), operation.get("requestBody", {}))
            for content in part.get("content", {}).values()
        ]
        assert any("examples" in content for content in contents), name
        assert operation.get("description"), name
        assert any(status.startswith("2") for status in answers), name
        if name.split("/")[1] not in ("healthz", "readyz", "metrics"):
            assert {"429", "503"} <= set(answers), name
        if name.startswith(("PATCH /chats", "POST /chats", "PATCH /messages")) and "requestBody" in operation:
            assert "400" in answers, name


PAGES = {"accounts.pages.urls", "rooms.pages", "chatproject.client"}


def test_every_path_of_the_url_configuration_is_in_the_document(document):
    described = {path.strip("/") for path in document["paths"]}
    for included in get_resolver().url_patterns:
        pages = getattr(getattr(included, "urlconf_name", None), "__name__", "") in PAGES
        if isinstance(included, URLResolver) and str(included.pattern) == "" and not pages:
            for pattern in included.url_patterns:
                route = str(pattern.pattern).replace("int:", "").replace("str:", "").replace("uuid:", "")
                path = route.replace("<", "{").replace(">", "}")
                assert path in described | {"", "schema", "docs"}, path


def test_every_path_of_the_document_tells_what_it_takes(document, api_client):
    values = {"emoji": "%F0%9F%91%8D", "session_id": str(uuid4()), "resumable_id": str(uuid4())}
    for template, methods in document["paths"].items():
        names = re.findall(r"{(\w+)}", template)
        answer = api_client.options(template.format(**{name: values.get(name, "1") for name in names}))
        assert answer.status_code in (200, 204, 403), template  # 204: tus; 403: what only staff may see
        if answer.status_code == 200 and "put" in methods and "requestBody" in methods["put"]:
            assert answer.json()["actions"]["PUT"], template


def test_the_answers_of_chats_are_as_the_document_says(document, api_client, ann):
    api_client.post("/chats/general/messages", {"content": "hi"})
    message_id = Message.objects.get().pk
    for path, template in (
        ("/chats", "/chats"),
        ("/chats/general/history", "/chats/general/history"),
        ("/chats/general/changes?since_version=0", "/chats/general/changes"),
        (f"/messages/{message_id}", "/messages/{message_id}"),
        (f"/messages/{message_id}/edits", "/messages/{message_id}/edits"),
    ):
        answer = document["paths"][template]["get"]["responses"]["200"]["content"]["application/json"][
            "schema"
        ]
        schema = {**json.loads(json.dumps(answer)), "components": document["components"]}
        jsonschema.validate(api_client.get(path).json(), schema, cls=jsonschema.Draft202012Validator)


def test_data_comes_under_the_same_policy_as_pages(client, db):
    data, page = client.get("/healthz"), client.get("/docs", HTTP_ACCEPT="text/html")
    assert data["Content-Type"] == "application/json" and page["Content-Type"].startswith("text/html")
    policies = [sorted(answer["Content-Security-Policy"].split("; ")) for answer in (data, page)]
    assert policies[0] == policies[1]


def test_the_document_and_its_page_are_open_and_run_under_our_policy(client, db):
    answer = client.get("/schema", HTTP_AUTHORIZATION="Bearer of-old")
    assert yaml.safe_load(answer.content)["openapi"].startswith("3.1")
    assert client.get("/schema?format=json").json()["openapi"].startswith("3.1")
    for accept in ("text/html", "application/json"):
        page = client.get("/docs", HTTP_ACCEPT=accept)
        assert page.status_code == 200
        assert_no_inline(page.content.decode())
        assert "swagger-ui" in page.content.decode()
        assert "unsafe" not in page["Content-Security-Policy"]
    script = client.get("/docs?script=")
    assert "javascript" in script["Content-Type"]
    assert b"SwaggerUIBundle" in script.content


def assert_no_inline(page):
    """Nothing that a policy without `unsafe-inline` forbids, but DRF's harmless style attributes."""
    assert "<style" not in page
    assert "onclick" not in page
    for tag in page.split("<script")[1:]:
        head = tag.split(">")[0]
        assert "src=" in head or "application/json" in head, head


# ---------------------------------------------------------------- AsyncAPI


@pytest.fixture(scope="module")
def sockets():
    return asyncapi.document("Chat", "1", "chat.example.org", secure=True)


def refs(value):
    if isinstance(value, dict):
        found = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
        return found + list(chain.from_iterable(refs(part) for part in value.values()))
    if isinstance(value, list):
        return list(chain.from_iterable(refs(part) for part in value))
    return []


def resolve(document, ref):
    for part in ref.removeprefix("#/").split("/"):
        document = document[part]
    return document


def test_every_frame_is_in_the_document_with_an_example(sockets):
    assert set(sockets["components"]["messages"]) == {frame.__name__ for frame in EVERY_FRAME}
    assert set(asyncapi.EXAMPLES) == set(EVERY_FRAME)
    for frame in EVERY_FRAME:
        message = sockets["components"]["messages"][frame.__name__]
        assert message["summary"]
        (example,) = message["examples"]
        assert example["payload"]["type"] == message["name"] == frame.__struct_config__.tag


@pytest.mark.parametrize("frame", EVERY_FRAME, ids=lambda frame: frame.__name__)
def test_the_example_of_a_frame_is_one(sockets, frame):
    payload = sockets["components"]["messages"][frame.__name__]["examples"][0]["payload"]
    text = json.dumps(payload)
    if issubclass(frame, protocol.In):
        assert type(decoding.decode(text)) is frame
    assert msgspec.json.decode(text, type=frame) == asyncapi.EXAMPLES[frame]
    schema = {"$ref": f"#/components/schemas/{frame.__name__}", "components": sockets["components"]}
    jsonschema.validate(payload, schema, cls=jsonschema.Draft202012Validator)


def test_the_document_holds_together(sockets):
    assert sockets["asyncapi"] == "3.0.0"
    for ref in refs(sockets):
        assert resolve(sockets, ref), ref
    for schema in sockets["components"]["schemas"].values():
        jsonschema.Draft7Validator.check_schema(schema)
    for operation in sockets["operations"].values():
        assert operation["action"] in ("send", "receive")
        channel = operation["channel"]["$ref"]
        assert all(message["$ref"].startswith(f"{channel}/messages/") for message in operation["messages"])
    addresses = {channel["address"] for channel in sockets["channels"].values()}
    assert addresses == {"/ws", "/ws/general", "/ws/private/{chat_id}", "/ws/room/{room_id}", "/ws/echo"}
    for channel in sockets["channels"].values():
        assert set(channel.get("parameters", {})) == {
            part[1:-1] for part in channel["address"].split("/") if part.startswith("{")
        }
    codes = {value for name, value in vars(protocol.Close).items() if name.isupper()}
    assert codes <= {int(code) for code in sockets["channels"]["room"]["x-close-codes"]}


def test_every_frame_goes_over_some_socket_in_its_direction(sockets):
    for action, frames in (("receive", asyncapi.INCOMING), ("send", protocol.OUTGOING)):
        gone = {
            message["$ref"].rpartition("/")[2]
            for operation in sockets["operations"].values()
            if operation["action"] == action
            for message in operation["messages"]
        }
        assert gone - {"Echo"} == {frame.__name__ for frame in frames}


@pytest.mark.django_db
def test_the_document_of_the_sockets_is_open_in_json_and_yaml(client):
    found = client.get("/asyncapi").json()
    assert found["servers"]["this"] == {"host": "testserver", "protocol": "ws"}
    answer = client.get("/asyncapi?format=yaml")
    assert answer["Content-Type"].startswith("application/yaml")
    assert yaml.safe_load(answer.content) == found


def test_a_schema_says_what_is_on_the_wire():
    found = schemas([protocol.Message])["Message"]
    assert found["properties"]["timestamp"] == {"type": "string", "format": "date-time"}
    assert "client_id" in found["required"]
    assert "room_id" not in found["required"]
    assert "default" not in found["properties"]["client_id"]
    jsonschema.validate(msgspec.to_builtins(examples.MESSAGE), found)


# ---------------------------------------------------------------- browsable pages

WRITABLE = [
    ("/chats/general/messages", {"content": "from a form", "client_id": "", "reply_to": ""}, 201),
    ("/chats/general/read", {"seq": "0"}, 200),
    ("/chats/general/mute", {"until": ""}, 200),
]


def token_of(page):
    return page.content.decode().split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]


@pytest.mark.parametrize(("path", "form", "status"), WRITABLE)
def test_a_form_is_shown_and_can_be_sent(browser, path, form, status):
    page = browser.get(path)
    assert_no_inline(page.content.decode())
    for name in form:
        assert f'name="{name}"' in page.content.decode()
    assert browser.post(path, form).status_code == 403
    answer = browser.post(path, {**form, "csrfmiddlewaretoken": token_of(page)})
    assert answer.status_code == status, answer.content
    assert "text/html" in answer["Content-Type"]


def test_a_private_chat_is_opened_by_a_form(browser):
    bob = User.objects.create_user("bob")
    page = browser.get("/chats/private")
    assert 'name="receiver_id"' in page.content.decode()
    form = {"receiver_id": bob.pk, "csrfmiddlewaretoken": token_of(page)}
    assert browser.post("/chats/private", form).status_code == 201


def test_every_page_opens_in_a_browser(browser, ann, api_client):
    ann.is_staff = ann.is_superuser = True
    ann.save()
    seat = policy.seat(ann, "general")
    assert seat.key == "general"
    message = api_client.post("/chats/general/messages", {"content": "<b>hi</b> @ann"}).json()
    for path in (
        "/chats",
        "/chats?limit=1",
        "/chats/general/history",
        "/chats/general/changes?since_version=0",
        f"/messages/{message['id']}",
        f"/messages/{message['id']}/edits",
        "/connections",
        "/users",
        "/users/me",
        "/auth/sessions",
        "/chats/room",
    ):
        page = browser.get(path)
        assert page.status_code == 200, path
        assert "text/html" in page["Content-Type"]
        assert_no_inline(page.content.decode())
        assert "<b>hi" not in page.content.decode()


def test_a_message_is_edited_and_deleted_from_its_page(browser, api_client):
    message = api_client.post("/chats/general/messages", {"content": "hi"}).json()
    path = f"/messages/{message['id']}"
    page = browser.get(path)
    assert 'data-method="PATCH"' in page.content.decode()
    assert 'data-method="DELETE"' in page.content.decode()
    csrf = browser.cookies["csrftoken"].value
    edited = browser.patch(
        path, {"content": "ho"}, content_type="application/json", headers={"X-CSRFToken": csrf}
    )
    assert edited.status_code == 200
    assert b"ho" in edited.content
    assert browser.delete(path, headers={"X-CSRFToken": csrf}).status_code in (200, 204)
    assert Message.objects.get().content == ""


@pytest.mark.django_db
def test_one_signs_in_and_out_on_a_page(ann):
    ann.set_password(PASSWORD)
    ann.save()
    browser = Client(enforce_csrf_checks=True, **PAGE)
    page = browser.get("/api-auth/login/?next=/chats")
    assert_no_inline(page.content.decode())
    assert "style=" not in page.content.decode()
    form = {
        "username": "ANN@example.org",
        "password": "wrong",
        "next": "/chats",
        "csrfmiddlewaretoken": token_of(page),
    }
    answer = browser.post("/api-auth/login/", form)
    assert b"Wrong username or password." in answer.content
    answer = browser.post("/api-auth/login/", {**form, "password": PASSWORD})
    assert (answer.status_code, answer["Location"]) == (302, "/chats")
    page = browser.get("/chats")
    assert b"Log out" in page.content
    answer = browser.post("/api-auth/logout/?next=/chats", {"csrfmiddlewaretoken": token_of(page)})
    assert (answer.status_code, answer["Location"]) == (302, "/chats")
    assert browser.get("/chats").status_code == 401


@pytest.mark.django_db
def test_the_front_door_is_a_page_or_links(client, browser):
    page = client.get("/", **PAGE)
    assert b"/docs" in page.content
    assert_no_inline(page.content.decode())
    assert browser.get("/")["Location"] == "/chat"
    assert client.get("/").json()["links"]["openapi"] == "/schema"


@pytest.mark.django_db
def test_both_spellings_of_a_path_mean_the_same_also_in_the_admin_and_keep_what_was_asked(client):
    for path in ("/api-auth/login", "/admin/login"):
        answer = client.get(f"{path}?next=/docs")
        assert (answer.status_code, answer["Location"]) == (302, f"{path}/?next=/docs")
        assert client.post(path, {"username": "nobody", "password": "wrong"}).status_code == 200
    assert client.get("/admin/no/such/page").status_code == 404
