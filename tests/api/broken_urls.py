"""The project's paths, and one that always fails."""

from django.http import HttpRequest, HttpResponse
from django.urls import path

from chatproject.urls import handler500
from chatproject.urls import urlpatterns as real

__all__ = ["handler500", "urlpatterns"]


def defect(request: HttpRequest) -> HttpResponse:
    raise ZeroDivisionError("a secret of the server")


urlpatterns = [path("defect", defect), *real]
