"""Paths of chats. What can be done in a chat is the same in all three kinds: one view for each thing."""

from django.urls import URLPattern, path

from chat.api import (
    drafts,
    everyone,
    groups,
    keeping,
    later,
    reactions,
    resumable,
    search,
    threads,
    uploads,
    views,
)
from chat.models import Chat

KINDS = {
    Chat.Kind.GENERAL: "chats/general",
    Chat.Kind.PRIVATE: "chats/private/<int:chat_id>",
    Chat.Kind.ROOM: "chats/room/<int:room_id>",
}


def in_chat(kind: Chat.Kind) -> list[URLPattern]:
    """The paths of one kind of chat."""
    base, extra = KINDS[kind], {"kind": kind.value}
    return [
        path(f"{base}/history", views.HistoryView.as_view(), extra, name=f"{kind}-history"),
        path(f"{base}/changes", views.ChangesView.as_view(), extra, name=f"{kind}-changes"),
        path(f"{base}/messages", views.PostView.as_view(), extra, name=f"{kind}-messages"),
        path(f"{base}/read", views.ReadView.as_view(), extra, name=f"{kind}-read"),
        path(f"{base}/files", uploads.FilesView.as_view(), extra, name=f"{kind}-files"),
        path(f"{base}/pins", keeping.PinsView.as_view(), extra, name=f"{kind}-pins"),
        path(f"{base}/thread/<int:root_id>", threads.ThreadView.as_view(), extra, name=f"{kind}-thread"),
        path(f"{base}/mute", views.MuteView.as_view(), extra, name=f"{kind}-mute"),
        path(f"{base}/draft", drafts.DraftView.as_view(), extra, name=f"{kind}-draft"),
        path(f"{base}/notify", everyone.NotifyView.as_view(), extra, name=f"{kind}-notify"),
        path(f"{base}/everyone", everyone.EveryoneView.as_view(), extra, name=f"{kind}-everyone"),
    ]


urlpatterns = [
    path("chats", views.ChatsView.as_view(), name="chats"),
    path("chats/private", views.PrivateView.as_view(), name="private"),
    *(pattern for kind in Chat.Kind for pattern in in_chat(kind)),
    path("messages/<int:message_id>", views.MessageView.as_view(), name="message"),
    path("messages/<int:message_id>/edits", views.EditsView.as_view(), name="message-edits"),
    path("messages/<int:message_id>/pin", keeping.PinView.as_view(), name="message-pin"),
    path("messages/<int:message_id>/star", keeping.StarView.as_view(), name="message-star"),
    path("starred", keeping.StarredView.as_view(), name="starred"),
    path("starred/ids", keeping.StarredIdsView.as_view(), name="starred-ids"),
    path("drafts", drafts.DraftsView.as_view(), name="drafts"),
    path("scheduled", later.ScheduledListView.as_view(), name="scheduled"),
    path("scheduled/<int:id>", later.ScheduledView.as_view(), name="scheduled-one"),
    path("scheduled/<int:id>/send", later.SendNowView.as_view(), name="scheduled-send"),
    path("reminders", later.RemindersView.as_view(), name="reminders"),
    path("reminders/<int:id>", later.ReminderView.as_view(), name="reminder"),
    path("messages/<int:message_id>/follow", threads.FollowView.as_view(), name="follow"),
    path(
        "messages/<int:message_id>/reactions/<str:emoji>",
        reactions.ReactionView.as_view(),
        name="message-reaction",
    ),
    path("groups", groups.GroupsView.as_view(), name="groups"),
    path("groups/<int:group_id>", groups.GroupView.as_view(), name="group"),
    path("groups/<int:group_id>/mute", groups.GroupMuteView.as_view(), name="group-mute"),
    path("uploads", uploads.uploads_view(), name="uploads"),
    path("uploads/resumable", resumable.resumables_view(), name="resumable-uploads"),
    path("uploads/resumable/<uuid:resumable_id>", resumable.resumable_view(), name="resumable-upload"),
    path("uploads/<int:upload_id>", uploads.UploadView.as_view(), name="upload"),
    path("uploads/<int:upload_id>/copy", uploads.CopyView.as_view(), name="upload-copy"),
    path("uploads/<int:upload_id>/thumb", uploads.ThumbView.as_view(), name="upload-thumb"),
    path("search", search.SearchView.as_view(), name="search"),
    path("connections", views.ConnectionsView.as_view(), name="connections"),
]
