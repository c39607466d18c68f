"""The pages of account settings: profile, password, appearance and language, devices, deletion."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts import emails, passwords, tokens, users
from accounts.models import Session, User
from accounts.pages.agents import describe
from accounts.pages.common import go, next_of, page, refused, sign_out, signed_in
from accounts.pages.forms import DeleteForm, Form, LookForm, PasswordForm, ProfileForm, words
from lib.errors import Conflict, Refused

form_page = require_http_methods(["GET", "HEAD", "POST"])
YEAR = 365 * 86_400  # seconds


def show(request: HttpRequest, device: Session, name: str, **context: Any) -> HttpResponse:
    """A page of the settings; `name` is its template and the chosen row of the menu."""
    user = device.user
    common = {"me": user, "section": name, "is_guest": user.kind != User.Kind.MEMBER}
    template, context = f"web/settings_{name}.html", {**common, **context}
    form = context.get("form")
    if form is not None and form.refusal is not None:
        return refused(request, template, context, form.refusal)
    return page(request, template, context)


@form_page
@signed_in
def profile(request: HttpRequest, device: Session) -> HttpResponse:
    user = device.user
    now = {"username": user.username, "display_name": user.display_name, "email": user.email}
    is_guest = user.kind != User.Kind.MEMBER
    form = ProfileForm(request.POST if request.method == "POST" else None, initial=now, is_guest=is_guest)
    if request.method == "POST" and form.is_valid():
        typed = {"password": "", **form.cleaned_data}
        password = typed.pop("password")
        changes = {name: value for name, value in typed.items() if value != now[name]}
        email = changes.pop("email", None)
        try:
            if emails.change(request, user, device, email, password, **changes):
                messages.success(request, _("Saved. We sent you an e-mail to confirm the new address."))
            else:
                messages.success(request, _("Saved."))
            return go(request.path)
        except Refused as error:
            form.refuse(error)
    return show(request, device, "profile", form=form)


@require_POST
@signed_in
def send_verification(request: HttpRequest, device: Session) -> HttpResponse:
    """Send the confirmation mail for the newest address again; or, with `keep`, cancel the change of address."""
    user = device.user
    try:
        if "keep" in request.POST:
            emails.change(request, user, device, user.email, "")
        else:
            email = emails.send_proof(request, user)
            messages.success(request, _("We sent an e-mail to %(email)s.") % {"email": email})
    except Conflict:
        pass  # it was confirmed meanwhile
    except Refused as error:
        messages.error(request, words(error))
    return go("/settings/profile")


@form_page
@signed_in
def password(request: HttpRequest, device: Session) -> HttpResponse:
    """A new password. Every other device is signed out."""
    user = device.user
    passwords.check_may_change(user)
    form = PasswordForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            passwords.change(user, device, **form.cleaned_data)
        except Refused as error:
            form.refuse(error)
        else:
            messages.success(request, _("Password changed. Your other devices have been logged out."))
            return go(request.path)
    return show(request, device, "password", form=focused(form))


@form_page
@signed_in
def look(request: HttpRequest, device: Session) -> HttpResponse:
    """Light or dark, and the language. Both are kept by this browser."""
    now = request.COOKIES.get("theme")
    form = LookForm(
        request.POST if request.method == "POST" else None,
        initial={"theme": now if now in ("light", "dark") else "system"},
    )
    if request.method == "POST" and form.is_valid():
        chosen = form.cleaned_data["theme"]
        response = go(request.path)
        if chosen == "system":
            response.delete_cookie("theme", samesite="Lax")
        else:  # js/theme.js reads it
            response.set_cookie("theme", chosen, max_age=YEAR, samesite="Lax", secure=settings.TLS)
        set_language(request, response)
        messages.success(request, _("Saved."))
        return response
    return show(request, device, "look", form=form)


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Choose the language for this browser, also before signing in."""
    return set_language(request, go(next_of(request) or "/"))


def set_language(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    chosen = request.POST.get("language", "")
    if chosen in dict(settings.LANGUAGES):
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME, chosen, max_age=YEAR, samesite="Lax", secure=settings.TLS
        )
        translation.activate(chosen)  # the answer's own words
    return response


@form_page
@signed_in
def devices(request: HttpRequest, device: Session) -> HttpResponse:
    """The devices that are signed in; sign out one of them (`session`), or all others."""
    living = Session.objects.filter(user=device.user, revoked_at=None, expires_at__gt=timezone.now())
    if request.method == "POST":
        chosen = request.POST.get("session", "")
        if not chosen:
            tokens.revoke_all(device.user, except_session=device)
            messages.success(request, _("All your other devices have been logged out."))
        elif chosen == str(device.pk):
            return sign_out(request, "/login")
        elif is_uuid(chosen) and (found := living.filter(pk=chosen).first()):
            tokens.revoke(found)
            messages.success(
                request, _("%(device)s has been logged out.") % {"device": describe(found.user_agent)}
            )
        return go(request.path)
    rows = [
        {
            "session": row,
            "name": describe(row.user_agent),
            "current": row == device,
            "seen": _("active now") if row == device else ago(row.last_used_at),
        }
        for row in living.order_by("-last_used_at", "pk")[:200]
    ]
    rows.sort(key=lambda row: not row["current"])
    return show(request, device, "devices", rows=rows, others=len(rows) - 1)


@form_page
@signed_in
def delete(request: HttpRequest, device: Session) -> HttpResponse:
    """Delete the account with its names, address and sessions; the person's messages stay."""
    user = device.user
    is_guest = user.kind != User.Kind.MEMBER
    form = DeleteForm(request.POST if request.method == "POST" else None, is_guest=is_guest)
    if request.method == "POST" and form.is_valid():
        try:
            passwords.confirm(user, device, form.cleaned_data.get("password"))
            users.delete(user)
        except Refused as error:
            form.refuse(error)
        else:
            messages.success(request, _("Your account has been deleted."))
            return sign_out(request, "/login")
    return show(request, device, "delete", form=form)


def ago(when: datetime) -> str:
    if timezone.now() - when < timedelta(minutes=2):
        return _("just now")
    return _("%(time)s ago") % {"time": timesince(when, depth=1)}


def focused(form: Form) -> Form:
    return form.with_focus() if form.is_bound else form


def is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
