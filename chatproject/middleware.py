"""What every HTTP answer has in common: a trailing slash means nothing, and errors have one shape."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import is_valid_path

from accounts import api, errors

GetResponse = Callable[[HttpRequest], HttpResponseBase]


class ErrorShapeMiddleware:
    """Answers outside DRF (no such path, CSRF, a defect, the database away) in the contract's error shape,
    or as a page where a browser asks; and takes both spellings of a path, with and without the slash."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        path = request.path_info
        if not is_valid_path(path):
            if path.endswith("/") and is_valid_path(path.rstrip("/")):
                request.path_info = path.rstrip("/")
            elif request.method in ("GET", "HEAD") and is_valid_path(path + "/"):
                return HttpResponseRedirect(path + "/")
        response = self.get_response(request)
        plain = response.status_code >= 400 and not hasattr(response, "data")
        if plain and response.status_code in STATUS and not getattr(response, "is_shaped", False):
            shaped = error_response(request, STATUS[response.status_code]())
            if "Allow" in response.headers:
                shaped["Allow"] = response.headers["Allow"]
            return shaped
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponseBase | None:
        error = api.translate(exception)
        return error_response(request, error) if error else None


def _refused(status: int, code: str, detail: str) -> errors.Refused:
    error = errors.Refused(detail, code=code)
    error.status = status
    return error


def _defect() -> errors.Refused:
    return _refused(500, "server_error", "Something went wrong on the server. It has been logged.")


STATUS: dict[int, Callable[[], errors.Refused]] = {
    400: lambda: errors.Refused("The request is not valid."),
    403: errors.Forbidden,
    404: errors.NotFound,
    405: lambda: _refused(405, "method_not_allowed", "This method is not allowed here."),
    413: errors.TooLarge,
    500: _defect,
}


def error_response(request: HttpRequest, error: errors.Refused) -> HttpResponse:
    if api.wants_page(request):
        response = render(request, "error.html", {"error": error}, status=error.status)
        for name, value in api.headers(error).items():
            response[name] = value
    else:
        response = api.json_error(error)
    response.is_shaped = True  # type: ignore[attr-defined]
    return response


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return error_response(request, errors.Forbidden(f"CSRF check failed: {reason}", code="csrf_failed"))


def server_error(request: HttpRequest) -> HttpResponse:
    return error_response(request, _defect())
