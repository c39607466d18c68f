"""What the views of chats and rooms share: the caller, the checked body, and 404 for ids too large for any row."""

from typing import Any

from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.serializers import Serializer

from accounts.models import User
from lib import errors, rest


class ApiView(GenericAPIView[Any]):
    serializer_class = Serializer  # of no fields, unless a view has others

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if any(isinstance(value, int) and value > rest.MAX_ID for value in kwargs.values()):
            raise errors.NotFound()

    @property
    def me(self) -> User:
        assert isinstance(self.request.user, User)
        return self.request.user

    def input(self, **options: Any) -> dict[str, Any]:
        """The checked body of the request; raises what DRF raises for a wrong one."""
        serializer = self.get_serializer(data=self.request.data, **options)
        serializer.is_valid(raise_exception=True)
        return serializer.validated_data
