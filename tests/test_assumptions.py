"""The undocumented names of libraries that the code stands on: one test for each.

A test that fails here after an upgrade says which of our modules has to be looked at again before the pin in
requirements.in may move. A piece that no longer needs a name takes its line away.
"""

import asyncio
import inspect
import os
from io import BytesIO
from typing import Any

import httptools
import pytest
import uvicorn
from asgiref.sync import SyncToAsync, async_to_sync
from channels_redis import pubsub, utils
from django import db
from django.contrib.admin import AdminSite, ModelAdmin
from django.contrib.admin.views.main import ChangeList
from django.contrib.auth.base_user import AbstractBaseUser
from django.core import cache
from django.core.handlers.asgi import ASGIHandler
from django.db import connection, models
from django.db.backends.sqlite3.base import DatabaseWrapper as SQLite
from django.db.migrations.loader import MigrationLoader
from django.db.models.sql.compiler import SQLCompiler
from redis.asyncio.connection import Connection as RedisConnection
from redis.maint_notifications import MaintNotificationsConfig
from rest_framework.request import Request as APIRequest
from rest_framework_simplejwt.settings import api_settings
from rest_framework_simplejwt.tokens import RefreshToken
from uvicorn.config import STARTUP_FAILURE
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState
from uvicorn.supervisors.multiprocess import Multiprocess, Process
from websockets.protocol import State
from websockets.server import ServerProtocol

from accounts.models import Session, User


def names(module: str, *several: str) -> list[Any]:
    """A test for each of these names; its id says which of our modules breaks without it."""
    return [pytest.param(name, id=f"{name}, for {module}") for one in several for name in one.split()]


# ---------------------------------------------------------------- uvicorn


@pytest.fixture
async def config() -> uvicorn.Config:
    async def application(scope, receive, send):
        """Never called."""

    made = uvicorn.Config(application)
    made.load()
    return made


@pytest.fixture
async def http_protocol(config: uvicorn.Config) -> HttpToolsProtocol:
    return HttpToolsProtocol(config, ServerState(), {})


@pytest.mark.parametrize("name", names("chatproject.server.websocket", "connections tasks default_headers"))
def test_uvicorns_server_state_has(name):
    assert hasattr(ServerState(), name)


@pytest.mark.parametrize("line", ["connection.shutdown()", "self.server_state.tasks"])
def test_uvicorn_shuts_down_by(line):
    """chatproject.server.websocket: a socket is among the connections, its application among the tasks."""
    assert line in inspect.getsource(uvicorn.Server.shutdown)


@pytest.mark.parametrize(
    "name",
    names(
        "chatproject.server.http",
        "parser cycle flow transport client connections app server_state logger scope headers "
        "expect_100_continue timeout_keep_alive_task",
        "connection_made connection_lost data_received on_message_begin on_url on_header on_headers_complete on_body "
        "on_message_complete on_response_complete pause_writing resume_writing send_400_response "
        "handle_websocket_upgrade _should_upgrade _unset_keepalive_if_required",
    ),
)
async def test_uvicorns_http_protocol_has(http_protocol, name):
    assert hasattr(http_protocol, name)


async def test_uvicorns_http_protocol_keeps_the_address_in_url(http_protocol):
    """chatproject.server.http limits its length, and hands it to a socket."""
    http_protocol.on_message_begin()
    http_protocol.on_url(b"/ws?token=1")
    assert http_protocol.url == b"/ws?token=1"


@pytest.mark.parametrize("name", names("chatproject.server.http", "response_complete more_body"))
def test_uvicorns_request_cycle_has(name):
    from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

    assert f"self.{name} = " in inspect.getsource(RequestResponseCycle.__init__)


@pytest.mark.parametrize("name", names("chatproject.server.http", "pause_reading resume_reading"))
def test_uvicorns_flow_control_has(name):
    assert callable(getattr(FlowControl, name))


def test_httptools_parses_what_comes_after_a_close_if_it_is_told_to():
    """chatproject.server.http makes its parser anew after an Upgrade that it ignores, and sets it as uvicorn does."""
    httptools.HttpRequestParser(object()).set_dangerous_leniencies(lenient_data_after_close=True)


@pytest.mark.parametrize(
    "name",
    names("chatproject.server.supervisor", "run keep_subprocess_alive join_all"),
)
def test_uvicorns_supervisor_has(name):
    assert callable(getattr(Multiprocess, name))


@pytest.mark.parametrize(
    "name", names("chatproject.server.supervisor", "processes sockets should_exit config")
)
def test_uvicorns_supervisor_sets(name):
    assert f"self.{name}" in inspect.getsource(Multiprocess.__init__)


@pytest.mark.parametrize("name", names("chatproject.server.supervisor", "start kill join pid exitcode"))
def test_uvicorns_process_has(name):
    assert hasattr(Process, name)


async def test_uvicorns_process_answers_a_ping_on_its_pipe(config):
    """chatproject.server.supervisor asks without waiting for the answer."""
    process = Process(config, [])
    assert process.process is not None
    process.server.started = True
    process.parent_conn.send(b"ping")
    process.pong()
    assert process.parent_conn.poll() and process.parent_conn.recv() is not None


def test_uvicorn_says_by_its_exit_code_that_a_process_could_not_start():
    """For chatproject.server.supervisor, which then stops instead of starting another one."""
    assert isinstance(STARTUP_FAILURE, int) and STARTUP_FAILURE != 0


# ---------------------------------------------------------------- websockets


def test_the_parser_of_websockets_can_be_ended():
    """chatproject.server.websocket.connection_lost: it refers to its connection, which refers to it."""
    conn = ServerProtocol(state=State.OPEN)
    conn.parser.close()
    with pytest.raises(StopIteration):
        next(conn.parser)


def test_websockets_takes_the_mask_off_in_one_call():
    """chatproject.server.framing.plain_text."""
    from websockets.frames import apply_mask  # type: ignore[attr-defined]

    assert apply_mask(apply_mask(b"hello", b"mask"), b"mask") == b"hello"


def test_websockets_makes_the_key_of_the_answer():
    """chatproject.server.handshake.accepted; the pair is RFC 6455's own."""
    from websockets.utils import accept_key

    assert accept_key("dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="


# ---------------------------------------------------------------- channels_redis and redis-py


@pytest.fixture
async def layer() -> Any:
    return pubsub.RedisPubSubChannelLayer(hosts=["redis://127.0.0.1:1"])._get_layer()


@pytest.mark.parametrize(
    "name", names("chat.realtime.layer", "_shards _get_shard _get_group_channel_name channels channel_layer")
)
async def test_the_layer_of_a_loop_has(layer, name):
    assert hasattr(layer, name)


@pytest.mark.parametrize(
    "name", names("chat.realtime.layer", "host channel_layer _subscribed_to _lock _receive_message")
)
async def test_a_shard_of_the_layer_has(layer, name):
    assert hasattr(layer._shards[0], name)


async def test_the_layer_finds_its_half_of_a_loop_in_layers():
    """chat.realtime.layer.RedisLayer._get_layer."""
    made = pubsub.RedisPubSubChannelLayer(hosts=["redis://127.0.0.1:1"])
    assert made._get_layer() is made._layers[asyncio.get_running_loop()]


async def test_a_message_for_a_channel_goes_into_its_queue(layer):
    """chat.realtime.layer.Shard._heard hands over what came."""
    queue: asyncio.Queue[bytes] = asyncio.Queue()
    layer.channels["one"] = queue
    layer._shards[0]._receive_message({"channel": b"one", "data": b"hello"})
    assert queue.get_nowait() == b"hello"


async def test_a_pool_is_made_with_the_options_of_a_connection():
    """chat.realtime.layer.Shard: RESP3, and no announcements of maintenance, which it would not understand."""
    quiet = MaintNotificationsConfig(enabled=False)
    pool = utils.create_pool(
        {"address": "redis://127.0.0.1:1", "protocol": 3, "maint_notifications_config": quiet}
    )
    made = pool.make_connection()
    assert isinstance(made, RedisConnection) and int(made.protocol) == 3


async def test_a_connection_of_redis_py_holds_a_reader_and_a_writer_with_a_transport():
    """chat.realtime.layer.Wire takes the transport over."""
    arrived = asyncio.Event()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await arrived.wait()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        reached: Any = RedisConnection(host="127.0.0.1", port=port)
        await reached._connect()
        assert reached._reader.at_eof() is False
        assert isinstance(reached._writer.transport, asyncio.Transport)
        arrived.set()
        await reached.disconnect(nowait=True)


# ---------------------------------------------------------------- asgiref


async def test_what_a_thread_awaits_runs_on_the_loop_that_it_was_told_of():
    """chatproject.http.handler: `async_to_sync` in a view must reach the channel layer's loop."""
    loop = asyncio.get_running_loop()

    async def here() -> asyncio.AbstractEventLoop:
        return asyncio.get_running_loop()

    def work() -> asyncio.AbstractEventLoop:
        SyncToAsync.threadlocal.main_event_loop = loop
        SyncToAsync.threadlocal.main_event_loop_pid = os.getpid()
        try:
            return async_to_sync(here)()
        finally:
            del SyncToAsync.threadlocal.main_event_loop, SyncToAsync.threadlocal.main_event_loop_pid

    assert await asyncio.to_thread(work) is loop


# ---------------------------------------------------------------- Django


@pytest.mark.parametrize(
    "name",
    names(
        "chatproject.http.handler",
        "create_request read_body send_response load_middleware resolve_request get_response",
    ),
)
def test_djangos_handler_has(name):
    assert callable(getattr(ASGIHandler, name))


def test_djangos_handler_makes_a_request_of_a_scope_and_a_body(settings):
    """chatproject.http.handler reads the body itself."""
    scope = {"type": "http", "method": "POST", "path": "/", "headers": [], "query_string": b""}
    request, refused = ASGIHandler().create_request(scope, BytesIO(b"hello"))
    assert refused is None and request is not None and request.read() == b"hello"


@pytest.mark.parametrize(
    "name",
    names("chatproject.http.handler", "close_old_connections reset_queries close_caches"),
)
def test_django_does_at_each_request(name):
    """chatproject.http.handler disconnects them (a twentieth of a request), and closes connections itself."""
    assert f".connect({name})" in inspect.getsource(db) + inspect.getsource(cache)


@pytest.mark.parametrize(
    "name",
    names(
        "lib.database.compiled",
        "queries_logged execute_wrappers validate_no_broken_transaction wrap_database_errors",
    )
    + names("chat.log.statements", "connection ensure_connection"),
)
@pytest.mark.django_db
def test_djangos_connection_has(name):
    assert hasattr(connection, name)


@pytest.mark.django_db
def test_errors_of_the_driver_become_djangos():
    """lib.database.compiled and chat.log.statements run statements without Django's cursor."""
    from django.db import DatabaseError

    connection.ensure_connection()
    with pytest.raises(DatabaseError), connection.wrap_database_errors:
        connection.connection.cursor().execute("SELECT nothing FROM nowhere")


@pytest.mark.django_db
def test_a_compiler_says_what_it_selects_and_how_it_is_converted():
    """lib.database.compiled: one row of what it compiles must be what the queryset gives."""
    User.objects.create_user("ann", password=None)
    rows = User.objects.values_list("pk", "date_joined", "kind")
    compiler: SQLCompiler = rows.query.get_compiler(connection=connection)
    sql, parameters = compiler.as_sql()
    converters = compiler.get_converters([column[0] for column in compiler.select[: compiler.col_count]])
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        [row] = map(list, cursor.fetchall())
    for column, (steps, expression) in converters.items():
        for step in steps:
            row[column] = step(row[column], expression, connection)
    assert row == list(rows.get())


def test_djangos_sqlite_begins_a_transaction_in_a_method_of_its_own():
    """lib.database.sqlite overrides it, to close the cursor of a BEGIN that fails."""
    begin = SQLite._start_transaction_under_autocommit  # type: ignore[attr-defined]
    parameters = inspect.signature(begin).parameters
    assert list(parameters) == ["self"]
    assert "self.transaction_mode" in inspect.getsource(SQLite)


def test_djangos_postgresql_keeps_its_pool_in_pool():
    """lib.database.pool drains it after the server ended its connections."""
    from django.db.backends.postgresql.base import DatabaseWrapper as PostgreSQL

    assert isinstance(inspect.getattr_static(PostgreSQL, "pool"), property)


def test_djangos_postgresql_registers_times_by_their_zone():
    """lib.database.postgresql: a loader whose `timezone` is the session's is left alone."""
    from django.db.backends.postgresql import base, psycopg_any

    assert "timestamptz" in inspect.getsource(psycopg_any.register_tzloader)
    assert ".timezone" in inspect.getsource(base.DatabaseWrapper)


@pytest.mark.django_db
def test_migrations_make_models_as_they_were():
    """chatproject.operations.tables reads and loads backups of older versions by these."""
    loader = MigrationLoader(connection)
    assert ("accounts", "0001_initial") in loader.applied_migrations
    assert ("accounts", "0001_initial") in loader.disk_migrations
    old = loader.project_state([("accounts", "0001_initial")]).apps.get_model("accounts", "User")
    assert {field.name for field in old._meta.local_concrete_fields} < {
        field.name for field in User._meta.local_concrete_fields
    }


@pytest.mark.parametrize(
    "name",
    names("chatproject.operations.tables", "sequence_reset_sql")
    + names("chat.log.statements", "adapt_datetimefield_value"),
)
def test_djangos_database_operations_have(name):
    assert callable(getattr(connection.ops, name))


def test_djangos_model_is_made_of_a_row():
    """accounts.tokens makes a session and its user of one row."""
    assert callable(models.Model.from_db) and Session._meta.concrete_fields


def test_djangos_admin_asks_its_list_for_an_order():
    """lib.admin_site: only by columns that an index sorts."""
    assert list(inspect.signature(ChangeList.get_ordering).parameters) == ["self", "request", "queryset"]
    assert "exclude_parameters" in inspect.signature(ChangeList.get_queryset).parameters


@pytest.mark.parametrize("name", names("lib.admin_site", "changeform_view delete_view response_action"))
def test_djangos_admin_has(name):
    assert callable(getattr(ModelAdmin, name))


def test_every_view_of_djangos_admin_goes_through_admin_view():
    """lib.admin_site bounds its statements there."""
    assert "self.admin_view(view, cacheable)" in inspect.getsource(AdminSite.get_urls)


def test_a_password_that_hashes_anew_is_saved_by_check_password():
    """accounts.models.User.check_password asks twice, for what an older version hashed as it was typed."""
    assert list(inspect.signature(AbstractBaseUser.check_password).parameters) == ["self", "raw_password"]


# ---------------------------------------------------------------- REST framework and simplejwt


def test_a_request_of_rest_framework_holds_djangos(rf):
    """accounts.authentication, .views and .sessions: cookies belong to Django's request."""
    plain = rf.get("/")
    assert APIRequest(plain)._request is plain


def test_a_token_of_simplejwt_shows_its_claims():
    """accounts.tokens takes `iat` out, as a process whose clock is behind would refuse the token."""
    token = RefreshToken()
    assert {"jti", "exp", "iat"} <= set(token.payload)
    token.payload.pop("iat")
    assert "iat" not in RefreshToken(str(token)).payload  # type: ignore[arg-type]  # and it is valid without


@pytest.mark.parametrize(
    "name",
    names(
        "accounts.signature", "ALGORITHM SIGNING_KEY AUDIENCE ISSUER JTI_CLAIM TOKEN_TYPE_CLAIM USER_ID_CLAIM"
    ),
)
def test_simplejwt_has_the_setting(name):
    assert hasattr(api_settings, name)
