"""Paths of the pages. Those of the API come first (chatproject.urls)."""

from django.urls import path

from chatproject.web import account, administrator, invite, shell, signing

urlpatterns = [
    path("", shell.front, name="front-page"),
    path("chat", shell.chat, name="page-chats"),
    path("chat/<path:path>", shell.chat, name="page-chat"),
    path("manifest.webmanifest", shell.manifest, name="manifest"),
    path("sw.js", shell.service_worker, name="service-worker"),
    path("offline", shell.offline, name="page-offline"),
    path("login", signing.login, name="page-login"),
    path("guest", signing.guest, name="page-guest"),
    path("signup", signing.signup, name="page-signup"),
    path("logout", signing.logout, name="page-logout"),
    path("password/forgot", signing.forgot, name="page-forgot"),
    path("password/reset", signing.reset, name="page-reset"),
    path("email/back", signing.email_back, name="page-email-back"),
    path("email/verify", signing.verify, name="page-verify"),
    path("administrator", administrator.appoint, name="page-administrator"),
    path("invite/<int:room_id>/<str:token>", invite.act, name="page-invite"),
    path("language", account.language, name="page-language"),
    path("settings", account.profile, name="page-settings"),
    path("settings/profile", account.profile, name="page-profile"),
    path("settings/profile/verify", account.send_verification, name="page-send-verification"),
    path("settings/password", account.password, name="page-password"),
    path("settings/look", account.look, name="page-look"),
    path("settings/devices", account.devices, name="page-devices"),
    path("settings/delete", account.delete, name="page-delete"),
]
