"""Paths of rooms. A room's history, messages and read position are those of its chat: chat.api.urls."""

from django.urls import path

from accounts.api.avatars import taking_pictures
from rooms.api import joining_views, views

urlpatterns = [
    path("chats/room", views.RoomsView.as_view(), name="rooms"),
    path("chats/room/<int:room_id>", views.OneRoomView.as_view(), name="room"),
    path("chats/room/<int:room_id>/avatar", taking_pictures(views.AvatarView), name="room-avatar"),
    path("chats/room/<int:room_id>/join", joining_views.JoinView.as_view(), name="room-join"),
    path("chats/room/<int:room_id>/leave", views.LeaveView.as_view(), name="room-leave"),
    path("chats/room/<int:room_id>/requests", joining_views.RequestsView.as_view(), name="room-requests"),
    path(
        "chats/room/<int:room_id>/requests/withdraw",
        joining_views.WithdrawView.as_view(),
        name="room-withdraw",
    ),
    # Before the one with a token, which these words could be.
    path("chats/room/<int:room_id>/invite/approve", joining_views.ApproveView.as_view(), name="room-approve"),
    path("chats/room/<int:room_id>/invite/deny", joining_views.DenyView.as_view(), name="room-deny"),
    path("chats/room/<int:room_id>/invite/rotate", joining_views.RotateView.as_view(), name="room-rotate"),
    path("chats/room/<int:room_id>/invite/guest", joining_views.GuestView.as_view(), name="room-guest"),
    path(
        "chats/room/<int:room_id>/invite/<str:token>", joining_views.InviteView.as_view(), name="room-invite"
    ),
    path("chats/general/members", views.MembersView.as_view(), name="general-members"),
    path("chats/room/<int:room_id>/members", views.MembersView.as_view(), name="room-members"),
    path("chats/room/<int:room_id>/members/<int:user_id>", views.MemberView.as_view(), name="room-member"),
    path("chats/room/<int:room_id>/bans", views.BansView.as_view(), name="room-bans"),
    path("chats/room/<int:room_id>/bans/<int:user_id>", views.BanView.as_view(), name="room-ban"),
]
