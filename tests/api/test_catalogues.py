"""The German catalogues: complete, without what nothing says any more, and as the web client gets them."""

import ast
import gettext
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from chatproject import assets
from lib import errors
from tests.servers import ROOT

GERMAN = ROOT / "locale/de/LC_MESSAGES"
CODE = [
    path
    for package in ("lib", "files", "accounts", "chat", "rooms", "chatproject")
    for path in (ROOT / package).rglob("*.py")
    if not path.name.startswith("test_") and "migrations" not in path.parts
]
SENTENCE = re.compile(r"[A-Z][^{%]* .*\.")


def texts_of(name: str) -> set[str]:
    """What the catalogue has in English; of plurals the singular."""
    with (GERMAN / name).open("rb") as file:
        found = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]
    return {key if isinstance(key, str) else key[0] for key, value in found.items() if value} - {""}


def refusals(path: Path) -> Iterator[str]:
    """The sentences that stand in the `raise` statements of a module, or are named there."""
    tree = ast.parse(path.read_text())
    constants = {
        target.id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for statement in ast.walk(tree):
        if isinstance(statement, ast.Raise) and statement.exc is not None:
            for node in ast.walk(statement.exc):
                said = constants.get(node.id) if isinstance(node, ast.Name) else getattr(node, "value", None)
                if isinstance(said, str) and SENTENCE.fullmatch(said):
                    yield said


def test_what_people_are_refused_with_is_in_the_german_catalogue():
    known = texts_of("django.mo")
    modules = [
        path for package in ("files", "accounts", "chat", "rooms") for path in (ROOT / package).glob("*.py")
    ]
    said = {sentence for path in modules if not path.name.startswith("test_") for sentence in refusals(path)}
    assert len(said) > 40
    kinds = {
        kind.sentence
        for kind in vars(errors).values()
        if isinstance(kind, type) and hasattr(kind, "sentence")
    }
    assert (said | kinds) - known == set()


def test_nothing_in_the_german_catalogue_is_left_over():
    """The client's own catalogue is compared with its sources in tests/js/locale.test.mjs."""
    said = {
        node.value
        for path in CODE
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    for path in (ROOT / "templates").rglob("*"):
        if path.suffix in {".html", ".txt"}:
            text = re.sub(r"{{ *(\w+) *}}", r"%(\1)s", path.read_text())
            said |= set(re.findall(r'{% translate "(.+?)"', text))
            for block in re.findall(r"{% blocktranslate.*?%}(.*?){% endblocktranslate %}", text, re.DOTALL):
                said |= {part.strip("\n") for part in re.split(r"{% plural %}", block)} | {block}
    rest_framework = {"This field may not be blank.", "This field is required."}
    assert texts_of("django.mo") - said - rest_framework == set()


def catalogue(texts: dict[object, str], rule: str) -> gettext.GNUTranslations:
    made = gettext.GNUTranslations()
    made._catalog = {"": "", **texts}  # type: ignore[attr-defined]
    made._info = {"plural-forms": rule}  # type: ignore[attr-defined]
    return made


def test_the_web_client_gets_all_plural_forms_and_the_rule_for_them():
    rule = "nplurals=3; plural=(n==1 ? 0 : n%10>=2 && n%10<=4 && (n%100<12 || n%100>14) ? 1 : 2);"
    own = catalogue(
        {("{count} room", 0): "pokój", ("{count} room", 1): "pokoje", ("{count} room", 2): "pokoi"}, rule
    )
    others = catalogue(
        {"This method is not allowed here.": "Nie wolno.", "%(name)s": "%(name)s", ("day", 0): "dzień"}, ""
    )
    lines = assets.catalogue(own, others).splitlines()
    assert (
        lines[0] == f"export const plural = (n) => Number({rule.partition('plural=')[2].removesuffix(';')});"
    )
    assert lines[1:] == [
        "export default {",
        '"This method is not allowed here.": "Nie wolno.",',
        '"{count} room": [',
        '"pokój",',
        '"pokoje",',
        '"pokoi"',
        "]",
        "};",
    ]


@pytest.mark.parametrize("rule", ["", "nplurals=2; plural=alert(n);", "nplurals=2; plural=n;} evil(); {"])
def test_a_rule_for_plurals_that_is_none_is_refused(rule):
    with pytest.raises(ValueError, match="Plural-Forms"):
        assets.catalogue(catalogue({}, rule), catalogue({}, ""))


def test_the_web_client_gets_the_sentences_of_the_server_with_its_own():
    text = assets.catalogues()["locale/de.js"]
    assert '"Send": "Senden"' in text
    assert '"This method is not allowed here.": "Diese Methode ist hier nicht erlaubt."' in text
    assert '"{count} member": [\n"{count} Mitglied",\n"{count} Mitglieder"\n]' in text
