"""Our own access tokens, recognised in a tenth of the time that PyJWT needs.

It goes through each of a token's characters in Python (0.2 ms), a tenth of what opening a socket costs. Here a token
is only ever accepted: whatever is not plainly one of ours, and alive, is left to simplejwt to judge and to name.
"""

import hmac
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Literal
from uuid import UUID

import msgspec
from django.conf import settings

#: `{"alg":"HS256","typ":"JWT"}`, as PyJWT writes it. No other algorithm gets this far (RFC 8725 section 3.1).
HEADER = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."


class Access(msgspec.Struct, forbid_unknown_fields=True):
    """The claims of an access token of ours, and no others: `nbf` or `aud` would want a check."""

    token_type: Literal["access"]
    exp: int  # seconds since 1970
    jti: str
    user_id: int
    sid: UUID


_decode = msgspec.json.Decoder(Access).decode


def ours(token: str) -> Access | None:
    """The claims of a token that we signed with HMAC-SHA-256 (RFC 7515) and that has not ended; None for any other."""
    signed, _, signature = token.rpartition(".")
    if not (signed.startswith(HEADER) and token.isascii()):
        return None
    mac = hmac.digest(settings.SECRET_KEY.encode(), signed.encode(), "sha256")
    if not hmac.compare_digest(signature.encode(), urlsafe_b64encode(mac).rstrip(b"=")):
        return None
    try:
        access = _decode(urlsafe_b64decode(signed[len(HEADER) :] + "=="))
    except ValueError:  # msgspec's and binascii's
        return None
    return access if access.exp > time.time() else None
