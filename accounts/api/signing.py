"""Signing up, in and out, and the devices that are signed in."""

from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema
from msgspec import structs, to_builtins
from rest_framework import serializers
from rest_framework.generics import GenericAPIView
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import devices, emails, signing_in, tokens, users
from accounts.api.serializers import (
    GuestSerializer,
    LoginSerializer,
    RefreshSerializer,
    SessionSerializer,
    SignedUpSerializer,
    SignupSerializer,
    TokenSerializer,
)
from accounts.models import Session, User
from accounts.online import person
from accounts.person import ANN
from accounts.sessions import (
    is_web_client,
    refresh_token_of,
    signed_out,
    token_response,
)
from accounts.throttle import SignupThrottle
from accounts.tokens import device_of
from lib.errors import Forbidden, Invalid, NotAuthenticated, NotFound
from lib.openapi import errors
from lib.rest import Pagination

TOKEN_EXAMPLE = OpenApiExample(
    "tokens",
    {
        "access_token": "eyJhbGciOi…",
        "token_type": "bearer",
        "expires_in": 900,
        "refresh_token": "eyJhbGciOi…",
    },
    response_only=True,
    status_codes=["200"],
)


class BodyView(GenericAPIView):
    """An endpoint that takes one body: `body()` validates it, or answers 400 naming the fields."""

    queryset = User.objects.none()

    def body(self, **options: Any) -> dict[str, Any]:
        serializer: serializers.BaseSerializer[Any] = self.get_serializer(data=self.request.data, **options)
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)


class OpenView(BodyView):
    """For people who aren't signed in. A token in the request is ignored: an old one that a client adds to each of its
    requests must not keep its owner from signing in again."""

    authentication_classes = ()
    permission_classes = (AllowAny,)


class SignupView(OpenView):
    serializer_class = SignupSerializer
    throttle_classes = (SignupThrottle,)

    @extend_schema(
        request=SignupSerializer,
        responses={201: SignedUpSerializer, **errors(400, 403)},
        examples=[
            OpenApiExample(
                "sign up",
                {"username": "ann", "email": "ann@example.org", "password": "three-green-boats"},
                request_only=True,
            ),
            OpenApiExample(
                "created",
                {
                    "message": "User created",
                    "user": to_builtins(structs.replace(ANN, display_name="", is_online=False)),
                },
                response_only=True,
                status_codes=["201"],
            ),
        ],
    )
    def post(self, request: Request) -> Response:
        """Create an account; log in afterwards. Whether the e-mail address is in use is not revealed: a link is sent to
        it, and opening that verifies the address. 403 `signup_closed` if sign-up is closed."""
        if not settings.ALLOW_SIGNUP:
            raise Forbidden("This server isn't accepting new members.", code="signup_closed")
        data = self.body()
        user = emails.sign_up(request, data["username"], data["email"], data["password"])
        return Response({"message": "User created", "user": person(user)}, status=201)


class LoginView(OpenView):
    serializer_class = LoginSerializer

    @extend_schema(
        request={"application/json": LoginSerializer, "application/x-www-form-urlencoded": LoginSerializer},
        responses={200: TokenSerializer, **errors(400, 401)},
        examples=[
            OpenApiExample("log in", {"username": "ann", "password": "three-green-boats"}, request_only=True),
            TOKEN_EXAMPLE,
        ],
    )
    def post(self, request: Request) -> Response:
        """Log in with a username or an e-mail address, as JSON or as a form (OAuth2's password form fits; its other
        fields are ignored). 401 for a wrong name or password; after several of them 429 with `Retry-After`.

        With the header `X-Client: web` the refresh token is also set as a cookie for `/auth`."""
        data = self.body()
        user = signing_in.check_password(request._request, data["username"], data["password"])
        return token_response(request, signing_in.finish(user, device_of(request)))


class GuestView(OpenView):
    serializer_class = GuestSerializer
    throttle_classes = (SignupThrottle,)

    @extend_schema(
        request=GuestSerializer,
        responses={200: TokenSerializer, **errors(400, 403)},
        examples=[OpenApiExample("come in", {"username": "visitor-3"}, request_only=True), TOKEN_EXAMPLE],
    )
    def post(self, request: Request) -> Response:
        """Log in as a guest, with only a name, to general and the public rooms. 403 `guests_closed` if guests are not
        allowed."""
        if not settings.ALLOW_GUESTS:
            raise Forbidden("This server doesn't allow guests. Sign up or log in.", code="guests_closed")
        guest = users.make_guest(self.body()["username"])
        return token_response(request, signing_in.as_guest(guest, device_of(request)))


class RefreshView(OpenView):
    serializer_class = RefreshSerializer

    @extend_schema(
        request=RefreshSerializer,
        responses={200: TokenSerializer, **errors(400, 401)},
        examples=[
            OpenApiExample("refresh", {"refresh_token": "eyJhbGciOi…"}, request_only=True),
            TOKEN_EXAMPLE,
        ],
    )
    def post(self, request: Request) -> Response:
        """Exchange a refresh token, which can be used once, for the next pair of tokens. As an answer can be lost, the
        same device gets the newest pair if it sends the token again within 30 seconds. Later, or from another device,
        the token ends its session: somebody must have copied it. The web client sends its cookie, and the header
        `X-Client: web`."""
        token = refresh_token_of(request, self.body())
        if not token and is_web_client(request):
            raise NotAuthenticated("You are not logged in.")
        if not token:
            raise Invalid({"refresh_token": ["This field is required."]})
        cookie_session = devices.session_id_of(request._request)
        return token_response(request, tokens.rotate(token, device_of(request), cookie_session))


class SignOutView(BodyView):
    """Prefers a refresh token, in the body or the cookie, to other ways of authentication: a caller who has one can
    sign out even if the access token has expired."""

    serializer_class = RefreshSerializer
    permission_classes = (AllowAny,)
    throttle_classes = ()

    def perform_authentication(self, request: Request) -> None:
        pass  # done by `request.user`, when it is needed

    def session(self, request: Request) -> Session | None:
        """The session that the request comes from; None if it is over. Raises `NotAuthenticated`."""
        if token := refresh_token_of(request, self.body()):
            return tokens.session_of(token)
        if not isinstance(request.auth, Session):
            raise NotAuthenticated()
        return request.auth


class LogoutView(SignOutView):
    @extend_schema(
        request=RefreshSerializer,
        responses={204: None, **errors(400, 401)},
        examples=[OpenApiExample("log out", {"refresh_token": "eyJhbGciOi…"}, request_only=True)],
    )
    def post(self, request: Request) -> Response:
        """End the session of the refresh token, or else of the request's access token. Its tokens stop working
        immediately, and its sockets close with 4401."""
        if session := self.session(request):
            tokens.revoke(session)
        return signed_out(request)


class LogoutAllView(SignOutView):
    @extend_schema(
        request=RefreshSerializer,
        responses={204: None, **errors(400, 401)},
        examples=[OpenApiExample("log out", {"refresh_token": "eyJhbGciOi…"}, request_only=True)],
    )
    def post(self, request: Request) -> Response:
        """End all of your sessions, on every device. Their sockets close with 4401."""
        session = self.session(request)
        if session is None:
            raise NotAuthenticated(tokens.SESSION_OVER)
        tokens.revoke_all(session.user)
        return signed_out(request)


class SessionsView(GenericAPIView):
    serializer_class = SessionSerializer
    pagination_class = Pagination
    queryset = Session.objects.none()

    def get_queryset(self) -> QuerySet[Session]:
        return living_sessions(self.request.user).order_by("-last_used_at", "pk")

    @extend_schema(
        operation_id="sessions_list",
        responses={200: SessionSerializer(many=True), **errors(400, 401)},
        examples=[
            OpenApiExample(
                "sessions",
                {
                    "id": "18a6ead3-8a4a-4f9c-a567-4eab8d38c6cb",
                    "user_agent": "Mozilla/5.0",
                    "address": "192.0.2.7",
                    "created_at": "2026-11-20T18:00:00.000000Z",
                    "last_used_at": "2026-11-21T09:30:00.000000Z",
                    "expires_at": "2026-12-21T09:30:00.000000Z",
                    "current": True,
                },
                response_only=True,
                status_codes=["200"],
            )
        ],
    )
    def get(self, request: Request) -> Response:
        """The devices you are logged in on, most recently used first."""
        page = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response(self.get_serializer(page, many=True).data)


class SessionView(GenericAPIView):
    serializer_class = SessionSerializer
    queryset = Session.objects.none()

    @extend_schema(responses={204: None, **errors(401, 404)})
    def delete(self, request: Request, session_id: str) -> Response:
        """Log out one device. Its sockets close with 4401."""
        session = living_sessions(request.user).filter(pk=session_id).first()
        if session is None:
            raise NotFound()
        tokens.revoke(session)
        return Response(status=204)


def living_sessions(user: Any) -> QuerySet[Session]:
    return Session.objects.filter(user_id=user.pk, revoked_at=None, expires_at__gt=timezone.now())
