"""Changing and resetting passwords, and verifying e-mail addresses, over HTTP."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import devices, emails, passwords
from accounts.api.serializers import (
    EmailSerializer,
    MessageSerializer,
    PasswordChangeSerializer,
    ProofSerializer,
    ResetSerializer,
)
from accounts.api.signing import BodyView, OpenView
from accounts.models import Session, User
from accounts.sessions import is_web_client
from lib.openapi import errors


def session_of(request: Request) -> Session | None:
    """The session that the request comes from."""
    return request.auth if isinstance(request.auth, Session) else None


def done(message: str, status: int = 200) -> Response:
    return Response({"message": message}, status=status)


class PasswordChangeView(BodyView):
    serializer_class = PasswordChangeSerializer

    @extend_schema(
        responses={200: MessageSerializer, **errors(400, 401, 403)},
        examples=[
            OpenApiExample(
                "change",
                {"current_password": "three-green-boats", "new_password": "four-red-kites"},
                request_only=True,
            ),
            OpenApiExample("changed", {"message": "The password is changed."}, response_only=True),
        ],
    )
    def post(self, request: Request) -> Response:
        """Change your password. All your other sessions end."""
        user = request.user
        assert isinstance(user, User)
        passwords.check_may_change(user)
        data = self.body()
        passwords.change(user, session_of(request), data["current_password"], data["new_password"])
        return done("The password is changed.")


class PasswordResetView(OpenView):
    serializer_class = EmailSerializer

    @extend_schema(
        responses={202: MessageSerializer, **errors(400)},
        examples=[
            OpenApiExample("forgotten", {"email": "ann@example.org"}, request_only=True),
            OpenApiExample(
                "asked",
                {"message": "If an account has this address, a mail is on its way."},
                response_only=True,
                status_codes=["202"],
            ),
        ],
    )
    def post(self, request: Request) -> Response:
        """Request a password reset link by e-mail. The answer is the same whether or not the address is known."""
        passwords.forgot(request, self.body()["email"])
        return done("If an account has this address, a mail is on its way.", 202)


class LinkView(OpenView):
    """Where a link in a mail leads: the page shows a form, filled in from the link. GET changes nothing, as mail
    scanners open links too."""

    def get_serializer(self, *args: Any, **kwargs: Any) -> serializers.BaseSerializer[Any]:
        serializer = super().get_serializer(*args, **kwargs)
        for name, field in getattr(serializer, "fields", {}).items():
            if name in self.request.query_params:
                field.initial = self.request.query_params[name]
        return serializer


class PasswordResetConfirmView(LinkView):
    serializer_class = ResetSerializer

    @extend_schema(
        responses={200: MessageSerializer, **errors()},
        examples=[
            OpenApiExample(
                "form",
                {"message": "Choose a new password: POST uid, token and new_password."},
                response_only=True,
            )
        ],
    )
    def get(self, request: Request) -> Response:
        """The page that the link in the e-mail opens: a form, for browsers."""
        return done("Choose a new password: POST uid, token and new_password.")

    @extend_schema(
        responses={200: MessageSerializer, **errors(400)},
        examples=[
            OpenApiExample(
                "new password",
                {"uid": "Nw", "token": "d2x1mz-0f1c…", "new_password": "four-red-kites"},
                request_only=True,
            ),
            OpenApiExample(
                "changed", {"message": "Password changed. Log in with the new one."}, response_only=True
            ),
        ],
    )
    def post(self, request: Request) -> Response:
        """Set a new password with the values from the link in the e-mail. Ends all sessions of the account."""
        data = self.body()
        user = passwords.reset(request, data["uid"], data["token"], data["new_password"])
        response = done("Password changed. Log in with the new one.")
        if is_web_client(request):
            devices.know(request._request, response, user.pk)
        return response


class EmailVerifyView(LinkView):
    serializer_class = ProofSerializer

    @extend_schema(
        responses={200: MessageSerializer, **errors()},
        examples=[
            OpenApiExample(
                "form", {"message": "Confirm your e-mail address: POST token."}, response_only=True
            )
        ],
    )
    def get(self, request: Request) -> Response:
        """The page that the link in the e-mail opens: a form, for browsers."""
        return done("Confirm your e-mail address: POST token.")

    @extend_schema(
        responses={200: MessageSerializer, **errors(400)},
        examples=[
            OpenApiExample("verify", {"token": "WzcsImFubkBle…"}, request_only=True),
            OpenApiExample("verified", {"message": "The address is confirmed."}, response_only=True),
        ],
    )
    def post(self, request: Request) -> Response:
        """Verify your e-mail address with the token from the link in the e-mail."""
        emails.verify(self.body()["token"])
        return done("The address is confirmed.")


class EmailBackView(LinkView):
    serializer_class = ProofSerializer

    @extend_schema(
        responses={200: MessageSerializer, **errors()},
        examples=[
            OpenApiExample(
                "form",
                {"message": "Take back the change of your e-mail address: POST token."},
                response_only=True,
            )
        ],
    )
    def get(self, request: Request) -> Response:
        """The page that the link in the e-mail opens: a form, for browsers."""
        return done("Take back the change of your e-mail address: POST token.")

    @extend_schema(
        responses={200: MessageSerializer, **errors(400)},
        examples=[
            OpenApiExample("take back", {"token": "MTc:1xUfWY:…"}, request_only=True),
            OpenApiExample(
                "taken back",
                {"message": "Your address is as it was. Ask for a link to a new password."},
                response_only=True,
            ),
        ],
    )
    def post(self, request: Request) -> Response:
        """Undo a change of your e-mail address within seven days, with the token from the link sent to the previous
        address. The address is restored, all sessions end, and the password stops working: request a reset."""
        emails.take_back(self.body()["token"])
        return done("Your address is as it was. Ask for a link to a new password.")


class EmailVerifySendView(BodyView):
    serializer_class = serializers.Serializer

    @extend_schema(
        request=None,
        responses={202: MessageSerializer, **errors(401, 409)},
        examples=[
            OpenApiExample(
                "sent", {"message": "A mail is on its way."}, response_only=True, status_codes=["202"]
            )
        ],
    )
    def post(self, request: Request) -> Response:
        """Resend the verification e-mail. 409 if there is nothing to verify."""
        user = request.user
        assert isinstance(user, User)
        emails.send_proof(request, user)
        return done("A mail is on its way.", 202)
