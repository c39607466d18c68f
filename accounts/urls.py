from django.urls import path

from accounts import password_views, user_views, views

urlpatterns = [
    path("auth/signup", views.SignupView.as_view(), name="signup"),
    path("auth/login", views.LoginView.as_view(), name="login"),
    path("auth/guest", views.GuestView.as_view(), name="guest"),
    path("auth/refresh", views.RefreshView.as_view(), name="refresh"),
    path("auth/logout", views.LogoutView.as_view(), name="logout"),
    path("auth/logout-all", views.LogoutAllView.as_view(), name="logout-all"),
    path("auth/sessions", views.SessionsView.as_view(), name="sessions"),
    path("auth/sessions/<uuid:session_id>", views.SessionView.as_view(), name="session"),
    path("auth/password/change", password_views.PasswordChangeView.as_view(), name="password-change"),
    path("auth/password/reset", password_views.PasswordResetView.as_view(), name="password-reset"),
    path(
        "auth/password/reset/confirm",
        password_views.PasswordResetConfirmView.as_view(),
        name="password-reset-confirm",
    ),
    path("auth/email/verify", password_views.EmailVerifyView.as_view(), name="email-verify"),
    path("auth/email/back", password_views.EmailBackView.as_view(), name="email-back"),
    path("auth/email/verify/send", password_views.EmailVerifySendView.as_view(), name="email-verify-send"),
    path("users", user_views.UsersView.as_view(), name="users"),
    path("users/me", user_views.MeView.as_view(), name="me"),
    path("users/<int:user_id>", user_views.UserView.as_view(), name="user"),
]
