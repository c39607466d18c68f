"""Paths of the pages for one's account."""

from django.urls import path

from accounts.pages import administrator, settings, signing

urlpatterns = [
    path("login", signing.login, name="page-login"),
    path("guest", signing.guest, name="page-guest"),
    path("signup", signing.signup, name="page-signup"),
    path("logout", signing.logout, name="page-logout"),
    path("password/forgot", signing.forgot, name="page-forgot"),
    path("password/reset", signing.reset, name="page-reset"),
    path("email/back", signing.email_back, name="page-email-back"),
    path("email/verify", signing.verify, name="page-verify"),
    path("administrator", administrator.appoint, name="page-administrator"),
    path("language", settings.language, name="page-language"),
    path("settings", settings.profile, name="page-settings"),
    path("settings/profile", settings.profile, name="page-profile"),
    path("settings/profile/verify", settings.send_verification, name="page-send-verification"),
    path("settings/password", settings.password, name="page-password"),
    path("settings/look", settings.look, name="page-look"),
    path("settings/devices", settings.devices, name="page-devices"),
    path("settings/delete", settings.delete, name="page-delete"),
]
