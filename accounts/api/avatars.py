"""Pictures of people over HTTP, and every picture by its address."""

from functools import partial
from typing import Any

from django.http import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import avatars
from accounts.api.base import ApiView
from accounts.api.people import ME
from accounts.handshake import require_token
from accounts.models import User
from accounts.online import me
from accounts.person import Me
from files import keeping, serving
from files.avatars import MOST, TOO_LARGE, shown
from files.forms import FileFormParser
from lib import rest
from lib.bodies import BESIDE_FILE, body_limit
from lib.openapi import errors
from lib.schemas import answer

YEAR = 31_536_000  # seconds


class PictureSerializer(serializers.Serializer[Any]):
    file = serializers.FileField(
        help_text=f"JPEG, PNG, GIF, WebP or AVIF, up to {MOST // 1_000_000} MB. The square in its middle is shown."
    )


def taking_pictures(view: type[ApiView]) -> Any:
    """The view, with the bodies it takes."""
    limit = body_limit(MOST + BESIDE_FILE, admit=require_token, slow=True, sentence=TOO_LARGE)
    return limit(view.as_view())


class MyAvatarView(ApiView):
    serializer_class = PictureSerializer
    parser_classes = (FileFormParser,)
    queryset = User.objects.none()

    @extend_schema(
        summary="Choose your picture",
        request={"multipart/form-data": PictureSerializer},
        responses={200: answer(Me), **errors(400, 401, 413, 415, 422, 429, 503)},
        examples=[ME],
    )
    def put(self, request: Request) -> Response:
        """Show this picture beside your name, in place of the one before. Its address is in `avatar` wherever you are
        described."""
        avatars.choose(self.me, self.input()["file"])
        return Response(me(self.me))

    @extend_schema(summary="Remove your picture", responses={204: None, **errors(401)})
    def delete(self, request: Request) -> Response:
        """Remove your picture: clients show your initials."""
        avatars.remove(self.me)
        return Response(status=204)


class AvatarView(ApiView):
    """Public: whoever got an address may see the picture. No throttle, as for static files."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    throttle_classes = ()

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        return (rest.JSONRenderer(), rest.JSONRenderer.media_type)  # of errors, whatever an <img> accepts

    @extend_schema(
        summary="Show a picture of a person or a room",
        responses={(200, "image/webp"): OpenApiTypes.BINARY, **errors(404, 503)},
    )
    def get(self, request: Request, key: str) -> HttpResponseBase:
        """A square, as WebP. Needs no log-in, as nobody can guess the address. It never changes and may be kept: a new
        picture has a new address, and this one then is a 404."""
        file = shown(key)
        return serving.answer(
            request._request,
            partial(keeping.read, file),
            size=file.size,
            etag=file.sha256,
            name="picture.webp",
            mime="image/webp",
            inline=True,
            max_age=YEAR,
            public=True,
        )
