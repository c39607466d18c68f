"""Clients of the API that the tests share."""

from rest_framework.test import APIClient

from accounts import tokens
from accounts.models import User

PASSWORD = "three-green-boats"


def signed_in(user: User) -> APIClient:
    """With an access token, as programs come."""
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {tokens.issue(user).access}")
    return client
