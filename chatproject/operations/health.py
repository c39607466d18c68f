"""Health checks: liveness and readiness of this process."""

import asyncio
import contextlib
import logging
from typing import Any
from uuid import uuid4

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.db import connection
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from chat.realtime import runtime
from lib import errors
from lib.database import errors as database_errors
from lib.openapi import errors as refusals
from lib.rest import JSONRenderer

logger = logging.getLogger(__name__)
LAYER_TIMEOUT = 2.0  # seconds for one round trip
CLEAN_UP_TIMEOUT = 0.5


class HealthSerializer(serializers.Serializer[Any]):
    status = serializers.CharField(help_text="Always `ok`.")


OK = OpenApiExample("fine", {"status": "ok"}, response_only=True, status_codes=["200"])


class HealthView(APIView):
    """For frequent automated checks: no authentication, no rate limit, no page."""

    authentication_classes = ()
    permission_classes = ()
    throttle_classes = ()
    renderer_classes: tuple[type[BaseRenderer], ...] = (JSONRenderer,)
    serializer_class = HealthSerializer

    @extend_schema(summary="Liveness", auth=[], responses={200: HealthSerializer}, examples=[OK])
    def get(self, request: Request) -> Response:
        """The process answers. Nothing else is asked: a database that is away is no reason to restart it."""
        return Response({"status": "ok"})


class ReadyView(HealthView):
    @extend_schema(
        summary="Readiness",
        auth=[],
        responses={200: HealthSerializer, 503: refusals()[503]},
        examples=[OK],
    )
    def get(self, request: Request) -> Response:
        """The database and the channel layer really answered. 503 says which did not, or that the process stops."""
        if runtime.is_stopping():
            raise errors.Unavailable("Not ready: this process is stopping.")
        away = [
            name
            for name, answers in (("database", database_answers), ("channel layer", layer_answers))
            if not answers()
        ]
        if away:
            raise errors.Unavailable(f"Not ready: no answer from the {' and the '.join(away)}.")
        return Response({"status": "ok"})


def database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            return cursor.fetchone() == (1,)
    except database_errors.AWAY as error:
        logger.warning("not ready: the database did not answer: %s", error)
        return False


def layer_answers() -> bool:
    try:
        async_to_sync(layer_round_trip)()
    except Exception as error:  # whatever the layer's driver raises
        logger.warning("not ready: the channel layer did not answer: %r", error)
        return False
    return True


async def layer_round_trip() -> None:
    """Send one message to a group of our own, and receive it. Raises `TimeoutError`, or what the layer raises."""
    layer = get_channel_layer()
    assert layer is not None
    group = f"ready.{uuid4().hex}"
    async with asyncio.timeout(LAYER_TIMEOUT):
        channel = await layer.new_channel("ready")
        try:
            await layer.group_add(group, channel)
            await layer.group_send(group, {"type": "ready"})
            await layer.receive(channel)
        finally:
            await _forget(layer, group, channel)


async def _forget(layer: Any, group: str, channel: str) -> None:
    with contextlib.suppress(Exception):
        async with asyncio.timeout(CLEAN_UP_TIMEOUT):
            await layer.group_discard(group, channel)
            # The pub/sub layer frees a channel only when a receive on it is cancelled.
            waiting = asyncio.ensure_future(layer.receive(channel))
            await asyncio.sleep(0)
            waiting.cancel()
            await asyncio.wait([waiting])
