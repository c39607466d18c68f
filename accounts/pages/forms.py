"""The forms of the pages. They check the shape of what was typed; the verbs of `accounts` decide the rest."""

from typing import Any

from django import forms
from django.utils.translation import gettext, gettext_noop, ngettext
from django.utils.translation import gettext_lazy as _

from accounts import users
from accounts.api.serializers import PASSWORD_LENGTH
from accounts.models import USERNAME_LENGTH, username_validator
from lib.errors import RateLimited, Refused

USERNAME_RULE = gettext_noop("A username has 2 to 50 characters: letters, digits and . _ + -")


def words(error: Refused) -> str:
    """What a refusal says, in the language of the page."""
    if isinstance(error, RateLimited):
        seconds = error.retry_after or 1
        if seconds < 90:
            return ngettext(
                "Too many attempts. Try again in %(count)d second.",
                "Too many attempts. Try again in %(count)d seconds.",
                seconds,
            ) % {"count": seconds}
        minutes = -(-seconds // 60)
        return ngettext(
            "Too many attempts. Try again in %(count)d minute.",
            "Too many attempts. Try again in %(count)d minutes.",
            minutes,
        ) % {"count": minutes}
    return gettext(error.detail)


class Form(forms.Form):
    """A form whose fields name their errors for screen readers (Django links them by `aria-describedby`)."""

    use_required_attribute = True
    error_css_class = "field-wrong"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)

    refusal: Refused | None = None

    def refuse(self, error: Refused) -> None:
        """Show a refusal beside the fields it names, else above the form."""
        self.refusal = error
        if not error.fields:
            self.add_error(None, words(error))
        for name, lines in (error.fields or {}).items():
            for line in lines:
                self.add_error(name if name in self.fields else None, gettext(line))

    def with_focus(self) -> "Form":
        """Put the cursor into the first field that is wrong, else into the first that is empty."""
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
        help_text=_("2 to 50 characters: letters, digits and . _ + -"),
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
    password = password(_("Password"), "new-password", _("At least 8 characters, and not a common password."))


class ForgotForm(Form):
    email = email()


class ResetForm(Form):
    password = password(
        _("New password"), "new-password", _("At least 8 characters, and not a common password.")
    )


class ProfileForm(NameMixin, Form):
    display_name = forms.CharField(
        label=_("Name"),
        max_length=80,
        required=False,
        validators=[users.check_name],
        help_text=_("Shown to others instead of your username."),
        widget=forms.TextInput({"autocomplete": "name"}),
    )
    username = username(autocomplete="username")
    email = email()
    password = password(
        _("Current password"), "current-password", _("Only needed to change your e-mail address.")
    )

    def __init__(self, *args: Any, is_guest: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].required = False
        if is_guest:
            del self.fields["email"], self.fields["password"]


class PasswordForm(Form):
    current_password = password(_("Current password"), "current-password")
    new_password = password(
        _("New password"), "new-password", _("At least 8 characters, and not a common password.")
    )


class DeleteForm(Form):
    password = password(_("Password"), "current-password", _("To confirm that it's you."))

    def __init__(self, *args: Any, is_guest: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if is_guest:
            del self.fields["password"]


class LookForm(Form):
    theme = forms.ChoiceField(
        label=_("Appearance"),
        choices=[("system", _("System")), ("light", _("Light")), ("dark", _("Dark"))],
        widget=forms.RadioSelect(),
    )
