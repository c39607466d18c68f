"""Groups over HTTP."""

from collections.abc import Sequence
from typing import Any

from drf_spectacular.utils import extend_schema
from msgspec import UNSET
from rest_framework.request import Request
from rest_framework.response import Response

from chat import groups
from chat.api import examples, serializers
from chat.api.views import ChatView
from chat.models import Group
from lib import rest
from lib.openapi import errors as refusals
from lib.schemas import answer


def shown(group: Group) -> serializers.GroupOfPeople:
    return serializers.GroupOfPeople(
        id=group.pk, name=group.name, members=groups.members(group), muted=groups.is_muted(group) or UNSET
    )


class GroupsPagination(rest.Pagination):
    """A page with `may`: what the caller may do with groups."""

    default_limit = groups.MOST
    max_limit = groups.MOST
    may: Sequence[str] = ()

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"results": data, "next": self.get_next_link(), "may": self.may})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        page = super().get_paginated_response_schema(schema)
        page["required"].append("may")
        acts = {"type": "string", "enum": list(groups.PERMISSIONS)}
        page["properties"]["may"] = {"type": "array", "items": acts, "example": []}
        return page


class GroupsView(ChatView):
    pagination_class = GroupsPagination

    def get_serializer_class(self) -> type:
        return (
            serializers.GroupSerializer
            if self.request.method == "POST"
            else answer(serializers.GroupOfPeople)
        )

    @extend_schema(
        summary="List groups",
        responses={200: answer(serializers.GroupOfPeople)(many=True), **refusals(400, 401)},
        examples=[examples.answer("A group", examples.GROUP)],
    )
    def get(self, request: Request) -> Response:
        """All groups, by name, with the ids of their members. `@name` mentions those of them who are in the chat. A
        guest of one room sees none. `may`: what the caller may do, of `create`, `change` and `delete`."""
        rows = self.paginate_queryset(groups.listed(self.me)) or []
        assert isinstance(self.paginator, GroupsPagination)
        self.paginator.may = groups.allowed(self.me)
        return self.get_paginated_response([shown(row) for row in rows])

    @extend_schema(
        summary="Create a group",
        request=serializers.GroupSerializer,
        responses={201: answer(serializers.GroupOfPeople), **refusals(400, 401, 403, 409)},
        examples=[
            examples.request("Two people", {"name": "crew", "members": [7, 8]}),
            examples.answer("The group", examples.GROUP, 201),
        ],
    )
    def post(self, request: Request) -> Response:
        """For staff with `chat.add_group`. The name follows the rules of usernames, and can't be that of a person. 409
        `too_many_groups` if there are 200."""
        return Response(shown(groups.create(self.me, **self.input())), status=201)


class GroupView(ChatView):
    serializer_class = serializers.GroupSerializer

    @extend_schema(
        summary="Change a group",
        responses={200: answer(serializers.GroupOfPeople), **refusals(400, 401, 403, 404)},
        examples=[
            examples.request("Other members", {"members": [7, 8]}),
            examples.answer("The group", examples.GROUP),
        ],
    )
    def patch(self, request: Request, group_id: int) -> Response:
        """Change its name, or replace its members. For staff with `chat.change_group`."""
        return Response(shown(groups.change(self.me, group_id, **self.input(partial=True))))

    @extend_schema(summary="Delete a group", responses={204: None, **refusals(401, 403, 404)})
    def delete(self, request: Request, group_id: int) -> Response:
        """For staff with `chat.delete_group`. Messages keep their mentions."""
        groups.delete(self.me, group_id)
        return Response(status=204)


class GroupMuteView(ChatView):
    @extend_schema(summary="Mute a group", request=None, responses={204: None, **refusals(401, 404)})
    def put(self, request: Request, group_id: int) -> Response:
        """From now on the group's `@name` does not mention the caller. Their devices get `group_muted`. Idempotent.

        In `GET /groups` the group has `muted: true`.
        """
        groups.mute(self.me, group_id, True)
        return Response(status=204)

    @extend_schema(summary="Unmute a group", responses={204: None, **refusals(401, 404)})
    def delete(self, request: Request, group_id: int) -> Response:
        """From now on the group's `@name` mentions the caller again, if they are in it. Idempotent."""
        groups.mute(self.me, group_id, False)
        return Response(status=204)
