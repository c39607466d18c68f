"""Every HTTP path. Both spellings, with and without a trailing slash, mean the same (chatproject.http.middleware)."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from accounts.pages import signing

urlpatterns = [
    # One way in and one way out for the pages, the admin and the browsable API: accounts.signing_in.
    path("admin/login/", signing.admin_login),
    path("api-auth/login/", signing.login, {"home": settings.LOGIN_REDIRECT_URL}),
    path("admin/logout/", signing.logout),
    path("api-auth/logout/", signing.logout),
    # One way to a new password, too: the page whose verb ends the other sessions (accounts.passwords).
    path("admin/password_change/", RedirectView.as_view(pattern_name="page-password")),
    path("admin/password_change/done/", RedirectView.as_view(pattern_name="page-password")),
    path("admin/", admin.site.urls),
    path("api-auth/", include("rest_framework.urls")),
    path("", include("accounts.api.urls")),
    path("", include("rooms.api.urls")),
    path("", include("chat.api.urls")),
    path("", include("accounts.pages.urls")),
    path("", include("rooms.pages")),
    path("", include("chatproject.client")),
    path("", include("chatproject.documents")),
]
handler500 = "chatproject.http.middleware.server_error"
