"""Every HTTP path. Both spellings, with and without a trailing slash, mean the same (chatproject.middleware)."""

from django.contrib import admin
from django.urls import include, path

from chatproject.web import signing

urlpatterns = [
    # One log-out: these two would end Django's own session only, and leave the pages signed in.
    path("admin/logout/", signing.logout),
    path("api-auth/logout/", signing.logout),
    path("admin/", admin.site.urls),
    path("api-auth/", include("rest_framework.urls")),
    path("", include("accounts.urls")),
    path("", include("rooms.urls")),
    path("", include("chat.urls")),
    path("", include("chatproject.web.urls")),
    path("", include("chatproject.pages")),
]
handler500 = "chatproject.middleware.server_error"
