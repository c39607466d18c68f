"""The project's URLs, and the endpoint and page of a stage of signing in that only tests have."""

from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import signing_in
from accounts.api.signing import OpenView
from accounts.models import User
from accounts.pages.common import sign_in
from accounts.sessions import token_response
from accounts.tokens import device_of
from lib.errors import Invalid


def ask(request: HttpRequest, pending: str, go_to: str) -> HttpResponse:
    return HttpResponse(f"Say the word.\n{pending}\n{go_to}")


WORD = signing_in.Stage("word", "Say the word.", lambda user: user.username == "ann", ask)


def check(pending: str, word: str) -> tuple[User, list[str]]:
    user, passed = signing_in.resume(pending)
    if word != "please":
        raise Invalid({"word": ["This is not the word."]})
    return user, [*passed, WORD.name]


class WordView(OpenView):
    def post(self, request: Request) -> Response:
        said = request.data
        assert isinstance(said, dict)
        user, passed = check(said["pending"], said["word"])
        return token_response(request, signing_in.finish(user, device_of(request), passed))


def word_page(request: HttpRequest) -> HttpResponse:
    user, passed = check(request.POST["pending"], request.POST["word"])
    return sign_in(request, user, request.POST["next"], passed)


urlpatterns = [
    path("auth/word", WordView.as_view()),
    path("word", word_page),
    path("", include("chatproject.urls")),
]
