"""One exception for each kind of refusal. Verbs raise them; HTTP, sockets and the admin each translate them in one
place (`lib.rest`, `chat.realtime.decoding`, `lib.admin_site`)."""

from typing import Any

Fields = dict[str, list[str]]


class Refused(Exception):
    """A refused request, with the contract's `code`, a sentence for people, and the HTTP status."""

    status = 400
    code = "invalid"
    sentence = "The request is not valid."

    def __init__(
        self,
        detail: str = "",
        *,
        code: str = "",
        fields: Fields | None = None,
        retry_after: int | None = None,
        more: dict[str, str] | None = None,
        beside: dict[str, Any] | None = None,
    ) -> None:
        self.detail = detail or self.sentence
        self.code = code or self.code
        self.fields = fields
        self.retry_after = retry_after  # seconds
        self.more = more or {}  # further members of the error, for programs
        self.beside = beside or {}  # further members of the answer, beside the error
        super().__init__(self.detail)


class Invalid(Refused):
    """Invalid input; `fields` says what is wrong with which field."""

    def __init__(self, fields: Fields, detail: str = "") -> None:
        first = next(iter(fields.items()), ("", [self.sentence]))
        super().__init__(detail or f"{first[0]}: {first[1][0]}", fields=fields)


class WrongHost(Refused):
    code = "wrong_host"
    sentence = (
        "This server doesn't know the host name in your request. Its operator can add it to ALLOWED_HOSTS."
    )


class NotAuthenticated(Refused):
    status, code, sentence = 401, "not_authenticated", "Log in first: the request has no valid token."


class TokenExpired(NotAuthenticated):
    code, sentence = "token_expired", "The access token has expired. Refresh it or log in again."


class Forbidden(Refused):
    status, code, sentence = 403, "forbidden", "You don't have permission to do this."


class NotAMember(Forbidden):
    code, sentence = "not_a_member", "You're not a member of this chat."


class NotFound(Refused):
    status, code, sentence = 404, "not_found", "Not found, or you don't have access."


class MethodNotAllowed(Refused):
    status, code, sentence = 405, "method_not_allowed", "This method is not allowed here."


class NotAcceptable(Refused):
    status, code, sentence = 406, "not_acceptable", "None of the content types you accept is available."


class Elsewhere(Refused):
    """What is asked for is at another address, which the client is to GET."""

    status, code, sentence = 303, "see_other", "The answer is at another address."

    def __init__(self, location: str) -> None:
        super().__init__()
        self.location = location


class TimedOut(Refused):
    status, code, sentence = 408, "timeout", "The request took too long to arrive."


class Conflict(Refused):
    status, code, sentence = 409, "conflict", "This conflicts with the current state."


class TooLarge(Refused):
    status, code, sentence = 413, "too_large", "The request is too large."


class AddressTooLong(Refused):
    status, code, sentence = 414, "uri_too_long", "The request's address is too long."


class UnsupportedMediaType(Refused):
    status, code, sentence = 415, "unsupported_media_type", "This content type isn't supported here."


class BadImage(Refused):
    status, code, sentence = 422, "bad_image", "This picture can't be read. It may be damaged."


class Infected(Refused):
    status, code, sentence = 422, "infected", "The virus scanner found something in this file."


class UpgradeRequired(Refused):
    status, code, sentence = 426, "upgrade_required", "Sockets speak version 13 of the protocol (RFC 6455)."


class HeadTooLarge(Refused):
    status, code, sentence = 431, "headers_too_large", "The request's headers are too large."


class RateLimited(Refused):
    status, code, sentence = 429, "rate_limited", "Too many requests. Slow down."

    def __init__(self, retry_after: int, detail: str = "") -> None:
        super().__init__(detail, retry_after=max(1, retry_after))


class QuotaExceeded(Refused):
    status, code, sentence = 429, "quota_exceeded", "You have uploaded as much as you can for now."


class Defect(Refused):
    status, code, sentence = (
        500,
        "server_error",
        "Something went wrong on the server. The error has been logged.",
    )


class Unavailable(Refused):
    status, code, sentence = 503, "unavailable", "This isn't available right now. Try again."

    def __init__(self, detail: str = "", retry_after: int = 2) -> None:
        super().__init__(detail, retry_after=retry_after)
