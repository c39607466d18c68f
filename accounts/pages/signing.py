"""Signing up, in and out, and forgotten passwords."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts import devices, emails, mail, passwords, signing_in, throttle, tokens, users
from accounts.pages.common import CHATS, check_rate, enter, go, next_of, page, refused, sign_in, sign_out
from accounts.pages.forms import ForgotForm, Form, GuestForm, LoginForm, ResetForm, SignupForm
from lib.errors import Forbidden, Refused

ADMIN = "/admin/"
form_page = require_http_methods(["GET", "HEAD", "POST"])


@form_page
def login(request: HttpRequest, home: str = CHATS) -> HttpResponse:
    """Sign in with a username or an e-mail address; where guests are allowed, a name alone is enough (`guest`).

    A person who is signed in already is asked whether to go on: a redirect without asking would loop if the web client
    has lost its tokens and redirects back here. Going on (`go_on`) gives this browser new tokens.
    """
    device = devices.current(request)
    if device is not None and "go_on" in request.POST:
        pair = signing_in.again(device, tokens.device_of(request))
        return enter(request, pair, next_of(request) or home)
    return log_in(request, home)


@form_page
def admin_login(request: HttpRequest) -> HttpResponse:
    """The log-in of the admin: for its staff alone. Somebody else who is signed in already is told so, and may sign in
    as another person."""
    device = devices.current(request)
    if device is None or request.method == "POST":
        return log_in(request, ADMIN, staff_only=True)
    if device.user.is_staff:
        path = next_of(request) or ADMIN
        return go(ADMIN if path.startswith(request.path) else path)
    context = {"me": device.user, "next": request.get_full_path()}
    return page(request, "web/not_staff.html", context, status=403)


def log_in(request: HttpRequest, home: str, staff_only: bool = False) -> HttpResponse:
    """The form, or the answer to it: signed in, the page of a stage that is due, or the form with what was wrong."""
    form = LoginForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            user = signing_in.check_password(request, **form.cleaned_data)
            if staff_only and not user.is_staff:
                raise Forbidden("This account has no access to the admin site.")
        except Refused as error:
            form.refuse(error)
            return refused(request, "web/login.html", login_context(request, form), error)
        return sign_in(request, user, next_of(request) or home)
    return page(request, "web/login.html", login_context(request, form))


def login_context(request: HttpRequest, form: Form, guest_form: Form | None = None) -> dict[str, Any]:
    device = devices.current(request)
    return {
        "form": form if guest_form else form.with_focus(),
        "guest_form": (guest_form or GuestForm(auto_id="guest_%s")) if settings.ALLOW_GUESTS else None,
        "action": reverse("page-login") if guest_form else request.path,
        "next": next_of(request),
        "me": device.user if device and not (guest_form or form).is_bound else None,
        "may_sign_up": settings.ALLOW_SIGNUP,
    }


@form_page
def guest(request: HttpRequest) -> HttpResponse:
    """Log in as a guest, with only a name, to general and the public rooms. The form is on the log-in page."""
    if request.method != "POST":
        return go("/login")
    form = GuestForm(request.POST, auto_id="guest_%s")
    if settings.ALLOW_GUESTS and form.is_valid():
        try:
            check_rate(request, throttle.SignupThrottle())
            visitor = users.make_guest(form.cleaned_data["username"])
            pair = signing_in.as_guest(visitor, tokens.device_of(request))
            return enter(request, pair, next_of(request) or CHATS)
        except Refused as error:
            form.refuse(error)
            context = login_context(request, LoginForm(), form.with_focus())
            return refused(request, "web/login.html", context, error)
    return page(request, "web/login.html", login_context(request, LoginForm(), form.with_focus()))


@form_page
def signup(request: HttpRequest) -> HttpResponse:
    """Make an account and be signed in to it; a mail asks to confirm the address."""
    context: dict[str, Any] = {"next": next_of(request)}
    if not settings.ALLOW_SIGNUP:
        return page(request, "web/signup_closed.html", context, 403)
    form = SignupForm(request.POST if request.method == "POST" else None)
    context["form"] = form
    if request.method == "POST" and form.is_valid():
        try:
            check_rate(request, throttle.SignupThrottle())
            user = emails.sign_up(request, **form.cleaned_data)
        except Refused as error:
            form.refuse(error)
            form.with_focus()
            return refused(request, "web/signup.html", context, error)
        return sign_in(request, user, next_of(request) or CHATS)
    form.with_focus()
    return page(request, "web/signup.html", context)


@form_page
def logout(request: HttpRequest) -> HttpResponse:
    """GET asks, POST logs out: another site can't sign anybody out by a link."""
    if request.method == "POST":
        return sign_out(request, next_of(request) or "/login")
    if devices.current(request) is None:
        return go("/login")
    return page(request, "web/logout.html")


@form_page
def forgot(request: HttpRequest) -> HttpResponse:
    """Ask for a link to a new password. The answer is the same whether or not the address is known."""
    form = ForgotForm(request.POST if request.method == "POST" else None)
    context: dict[str, Any] = {"form": form}
    if request.method == "POST" and form.is_valid():
        try:
            passwords.forgot(request, form.cleaned_data["email"])
        except Refused as error:
            form.refuse(error)
            return refused(request, "web/forgot.html", context, error)
        return page(request, "web/forgot_sent.html", {"email": form.cleaned_data["email"]})
    form.with_focus()
    return page(request, "web/forgot.html", context)


@form_page
def reset(request: HttpRequest) -> HttpResponse:
    """Where the link in the mail leads: choose a new password. All sessions of the account end."""
    given = request.POST if request.method == "POST" else request.GET
    uid, token = given.get("uid", ""), given.get("token", "")
    user = mail.user_of_reset(uid, token)
    if user is None:
        return page(request, "web/link_dead.html", {"again": "page-forgot"}, 404)
    form = ResetForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            passwords.reset(request, uid, token, form.cleaned_data["password"], field="password")
        except Refused as error:
            form.refuse(error)
        else:
            messages.success(request, _("Password changed. Log in with the new one."))
            response = go("/login")
            devices.know(request, response, user.pk)
            return response
    context = {"form": form.with_focus(), "uid": uid, "token": token, "username": user.username}
    return page(request, "web/reset.html", context)


@form_page
def verify(request: HttpRequest) -> HttpResponse:
    """Where the link in the mail leads: confirm the address. GET changes nothing, as mail scanners open links too."""
    token = (request.POST if request.method == "POST" else request.GET).get("token", "")
    done = request.method == "POST"
    try:
        email = emails.verify(token) if done else mail.proof_of(token)[1]
    except Refused:
        return page(request, "web/link_dead.html", {"again": "page-profile"}, 404)
    return page(request, "web/verify.html", {"email": email, "token": token, "done": done})


@form_page
def email_back(request: HttpRequest) -> HttpResponse:
    """Where the link in the mail to a former address leads: undo the change, then choose a new password."""
    token = (request.POST if request.method == "POST" else request.GET).get("token", "")
    try:
        if request.method == "POST":
            return go(mail.reset_link(emails.take_back(token)))
        email = mail.change_of(token).email
    except Refused:
        return page(request, "web/link_dead.html", {"again": "page-forgot"}, 404)
    return page(request, "web/email_back.html", {"email": email, "token": token})
