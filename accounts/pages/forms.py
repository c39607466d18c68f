"""The forms of the pages. They check the shape of what was typed; the verbs of `accounts` decide the rest."""

from typing import Any

from django import forms
from django.utils.translation import gettext, gettext_noop, ngettext
from django.utils.translation import gettext_lazy as _

from accounts import users
from accounts.api.serializers import PASSWORD_LENGTH
from accounts.models import USERNAME_LENGTH, username_validator
from lib.errors import RateLimited, Refused

#: Sentences of the verbs that come up in these forms, here for the translators' tools to find.
SENTENCES = [
    gettext_noop("This username is taken."),
    gettext_noop("This username is reserved."),
    gettext_noop("This is not your password."),
    gettext_noop("The username or the password is wrong."),
    gettext_noop("This account may not open the administration."),
    gettext_noop("This sign-in took too long. Begin again."),
    gettext_noop("Another address needs your password."),
    gettext_noop("This name is reserved."),
    gettext_noop("This looks like somebody else's name."),
    gettext_noop("A username can't mix letters of different scripts in a word."),
    gettext_noop("A name can't contain invisible or control characters."),
    gettext_noop("A name can't be blank."),
    gettext_noop("Too many requests. Slow down."),
    gettext_noop(
        "This server does not go by the name in your request. Its operator can add it to ALLOWED_HOSTS."
    ),
    gettext_noop("Guests have no password."),
    gettext_noop("Guests can't become administrators. Make an account first."),
    gettext_noop("This link is not open to guests. Sign in, then open it again."),
    gettext_noop("This room is archived: nothing in it changes any more."),
    gettext_noop("You are banned from this room."),
    gettext_noop("Guests can join public rooms only. Sign up to join this one."),
    gettext_noop("This invite link is not valid, or no longer."),
    gettext_noop("There is no such thing, or not for you."),
    gettext_noop("You may not do this."),
    gettext_noop("Something went wrong on the server. It has been logged."),
    gettext_noop("The database can't be reached right now. Try again."),
    gettext_noop("The server's database is not set up yet. Its operator has to do that."),
    gettext_noop("The service can't do this right now. Try again."),
    gettext_noop("This method is not allowed here."),
    gettext_noop("The request is not valid."),
    gettext_noop("The request is too large."),
]
USERNAME_RULE = gettext_noop("A username is 2 to 50 letters, digits, and the signs . _ + -.")


def words(error: Refused) -> str:
    """What a refusal says, in the language of the page."""
    if isinstance(error, RateLimited):
        seconds = error.retry_after or 1
        if seconds < 90:
            return ngettext(
                "Too many tries. Wait %(count)d second, then try again.",
                "Too many tries. Wait %(count)d seconds, then try again.",
                seconds,
            ) % {"count": seconds}
        minutes = -(-seconds // 60)
        return ngettext(
            "Too many tries. Wait %(count)d minute, then try again.",
            "Too many tries. Wait %(count)d minutes, then try again.",
            minutes,
        ) % {"count": minutes}
    return gettext(error.detail)


class Form(forms.Form):
    """A form whose fields name their errors for screen readers (Django links them by `aria-describedby`)."""

    use_required_attribute = True
    error_css_class = "wrong"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)

    def refuse(self, error: Refused) -> None:
        """Show a refusal beside the fields it names, else above the form."""
        if not error.fields:
            self.add_error(None, words(error))
        for name, lines in (error.fields or {}).items():
            for line in lines:
                self.add_error(name if name in self.fields else None, gettext(line))

    def with_focus(self) -> "Form":
        """The cursor stands in the first field that is wrong, else in the first that is empty."""
        for name, field in self.fields.items():
            field.widget.attrs.pop("autofocus", None)
            if name in self.errors or not (self.is_bound or self.initial.get(name)):
                field.widget.attrs["autofocus"] = True
                break
        return self


def username(**attrs: str) -> forms.CharField:
    """A field for a new username."""
    return forms.CharField(
        label=_("Username"),
        max_length=USERNAME_LENGTH,
        help_text=_("2 to 50 letters, digits, and the signs . _ + -"),
        widget=forms.TextInput(
            {"autocapitalize": "none", "autocorrect": "off", "spellcheck": "false", **attrs}
        ),
    )


def password(label: Any, autocomplete: str, help_text: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=PASSWORD_LENGTH,
        strip=False,
        help_text=help_text,
        widget=forms.PasswordInput({"autocomplete": autocomplete, "data-password": ""}),
    )


def email() -> forms.EmailField:
    label = _("E-mail address")
    return forms.EmailField(label=label, max_length=254, widget=forms.EmailInput({"autocomplete": "email"}))


class NameMixin(forms.Form):
    def clean_username(self) -> str:
        name = users.normalize_username(self.cleaned_data["username"])
        try:
            username_validator(name)
        except forms.ValidationError as error:
            raise forms.ValidationError(gettext(USERNAME_RULE)) from error
        return name


class LoginForm(Form):
    username = forms.CharField(
        label=_("Username or e-mail address"),
        max_length=254,
        widget=forms.TextInput(
            {
                "autocomplete": "username",
                "autocapitalize": "none",
                "autocorrect": "off",
                "spellcheck": "false",
            }
        ),
    )
    password = password(_("Password"), "current-password")


class GuestForm(NameMixin, Form):
    username = username(autocomplete="nickname")


class SignupForm(NameMixin, Form):
    username = username(autocomplete="username")
    email = email()
    password = password(_("Password"), "new-password", _("At least 8 characters, and not a common word."))


class ForgotForm(Form):
    email = email()


class ResetForm(Form):
    password = password(_("New password"), "new-password", _("At least 8 characters, and not a common word."))


class ProfileForm(NameMixin, Form):
    display_name = forms.CharField(
        label=_("Name"),
        max_length=80,
        required=False,
        validators=[users.check_name],
        help_text=_("How others see you. Without one they see your username."),
        widget=forms.TextInput({"autocomplete": "name"}),
    )
    username = username(autocomplete="username")
    email = email()
    password = password(_("Current password"), "current-password", _("Only for another e-mail address."))

    def __init__(self, *args: Any, is_guest: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].required = False
        if is_guest:
            del self.fields["email"], self.fields["password"]


class PasswordForm(Form):
    current_password = password(_("Current password"), "current-password")
    new_password = password(
        _("New password"), "new-password", _("At least 8 characters, and not a common word.")
    )


class DeleteForm(Form):
    password = password(_("Password"), "current-password", _("To be sure that it is you."))

    def __init__(self, *args: Any, is_guest: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if is_guest:
            del self.fields["password"]


class LookForm(Form):
    theme = forms.ChoiceField(
        label=_("Look"),
        choices=[("system", _("Like the system")), ("light", _("Light")), ("dark", _("Dark"))],
        widget=forms.RadioSelect(),
    )
