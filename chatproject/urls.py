"""Every HTTP path. Both spellings, with and without a trailing slash, mean the same (chatproject.http.middleware)."""

from django.contrib import admin
from django.urls import include, path

from accounts.pages import signing

urlpatterns = [
    # One log-out: these two would end Django's own session only, and leave the pages signed in.
    path("admin/logout/", signing.logout),
    path("api-auth/logout/", signing.logout),
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
