from django.urls import path

from accounts.api import avatars, passwords, people, signing

urlpatterns = [
    path("auth/signup", signing.SignupView.as_view(), name="signup"),
    path("auth/login", signing.LoginView.as_view(), name="login"),
    path("auth/guest", signing.GuestView.as_view(), name="guest"),
    path("auth/refresh", signing.RefreshView.as_view(), name="refresh"),
    path("auth/logout", signing.LogoutView.as_view(), name="logout"),
    path("auth/logout-all", signing.LogoutAllView.as_view(), name="logout-all"),
    path("auth/sessions", signing.SessionsView.as_view(), name="sessions"),
    path("auth/sessions/<uuid:session_id>", signing.SessionView.as_view(), name="session"),
    path("auth/password/change", passwords.PasswordChangeView.as_view(), name="password-change"),
    path("auth/password/reset", passwords.PasswordResetView.as_view(), name="password-reset"),
    path(
        "auth/password/reset/confirm",
        passwords.PasswordResetConfirmView.as_view(),
        name="password-reset-confirm",
    ),
    path("auth/email/verify", passwords.EmailVerifyView.as_view(), name="email-verify"),
    path("auth/email/back", passwords.EmailBackView.as_view(), name="email-back"),
    path("auth/email/verify/send", passwords.EmailVerifySendView.as_view(), name="email-verify-send"),
    path("users", people.UsersView.as_view(), name="users"),
    path("users/me", people.MeView.as_view(), name="me"),
    path("users/me/avatar", avatars.taking_pictures(avatars.MyAvatarView), name="my-avatar"),
    path("avatars/<str:key>", avatars.AvatarView.as_view(), name="avatar"),
    path("users/<int:user_id>", people.UserView.as_view(), name="user"),
]
