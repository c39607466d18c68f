"""Static files built from others: style sheets, libraries and the client's base, joined so that a page loads few files,
and the translations of `locale/` as modules for the web client.

They are in `static/made/`, which is not under version control. The finder below rebuilds those whose sources have
changed before static files are collected or, under DEBUG, served.
"""

import gettext
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import FileSystemFinder

#: The style sheets that pages load, by name, and the files of `static/css/` joined in each, in this order.
SHEETS = {
    "app": (
        "tokens base buttons panes icons avatar sidebar due menu header pin empty notes "
        "timeline days message files swipe prose code suggest emoji reactions jump typing composer attach "
        "format direction print"
    ).split(),
    "overlay": (
        "dialog fields choice versions link preferences find calendar tags members keeping search thread rooms "
        "person picture groups later lightbox gallery"
    ).split(),
    "pages": [
        *"tokens base buttons fields tags".split(),
        *(f"pages/{part}" for part in "frame card form notice invite settings front".split()),
    ],
}
#: Libraries that the client needs from the start, each after those that it imports: one module under all their names.
LIBRARIES = ["preact", "preact/hooks", "@preact/signals-core", "@preact/signals", "htm"]
JOINED = "made/libraries.mjs"
#: The client's own modules that all others stand on: likewise one module under all their names. No two may export
#: different things under one name, and none may import a module that is not here.
BASE = (
    "browser i18n api names timeline state timers outbox store text inline markdown attachments icons "
    "screen ui connection people reactions card pinned"
).split()
BASE_JOINED = "made/base.mjs"

IMPORT = re.compile(r'\bimport\{([^}]*)\}from"([^"]+)";?')
EXPORT = re.compile(r'\bexport\{([^}]*)\}(?:from"([^"]+)")?;?')
#: The plural rule in the header of a catalogue, a C expression.
PLURAL = re.compile(r"nplurals *= *\d+; *plural *= *([n\d\s()<>=!&|?:%*/+-]+);?$")
LEFT = re.compile(r'\b(?:import|export)\b\s*[\w{*"]')
#: The same in our own sources, where each stands at the beginning of a line.
OWN_IMPORT = re.compile(r'^import (?:\* as (\w+)|(\w+)|\{([^}]*)\}) from "([^"]+)";$', re.MULTILINE)
OWN_EXPORT = re.compile(r"^export (?=(?:async )?(?:function\*?|const|class) (\w+))", re.MULTILINE)
HANDED_ON = re.compile(r'^export \{ ([\w, ]+) \} from "([^"]+)";$', re.MULTILINE)
OWN_LEFT = re.compile(r"^(?:import|export)\b", re.MULTILINE)
#: A comment that documents what stands below it, on lines of its own. One that names a licence stays.
COMMENT = re.compile(r"^[ \t]*/\*\*(?:(?!\*/|licence).)*\*/[ \t]*\n", re.MULTILINE | re.DOTALL)


class Finder(FileSystemFinder):
    """Finds the files of STATICFILES_DIRS and those built from them."""

    def find(self, path: str, *args: Any, **kwargs: Any) -> Any:
        if path.startswith("made/"):
            make()
        return super().find(path, *args, **kwargs)

    def list(self, *args: Any) -> Iterator[Any]:
        make()
        yield from super().list(*args)


def make() -> None:
    """Bring `static/made/` up to date."""
    folder = root() / "made"
    texts = made()
    for path in folder.rglob("[!.]*.*"):
        if path.relative_to(folder).as_posix() not in texts:
            path.unlink(missing_ok=True)
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_text() != text:
            draft = path.with_name(f".{path.name}.{os.getpid()}")  # hidden: never collected
            draft.write_text(text)
            draft.replace(path)


def made() -> dict[str, str]:
    """The contents of the files in `static/made/`, by name."""
    css, paths = root() / "css", vendored()
    sheets = {
        f"{name}.css": "\n".join((css / f"{part}.css").read_text() for part in parts)
        for name, parts in SHEETS.items()
    }
    libraries = joined({name: (root() / paths[name]).read_text() for name in LIBRARIES})
    base = joined_base({f"chat/{name}.js": (root() / f"js/{name}.js").read_text() for name in BASE})
    return {
        **sheets,
        PurePosixPath(JOINED).name: libraries,
        PurePosixPath(BASE_JOINED).name: base,
        **catalogues(),
    }


def catalogues() -> dict[str, str]:
    """For each language: `locale/de.js`, and the module that the web client loads."""
    found = {}
    for path in Path(settings.LOCALE_PATHS[0]).glob("*/LC_MESSAGES/djangojs.mo"):
        with path.open("rb") as own, path.with_name("django.mo").open("rb") as others:
            texts = catalogue(gettext.GNUTranslations(own), gettext.GNUTranslations(others))
        found[f"locale/{path.parent.parent.name.partition('_')[0]}.js"] = texts
    return found


def catalogue(own: gettext.GNUTranslations, others: gettext.GNUTranslations) -> str:
    """A module of translations: its default export has the texts, each a string or a list of plural forms; `plural(n)`
    returns which form to use.

    `own` are the client's texts. `others` are the server's, as the client also shows the server's refusals: all texts
    without placeholders. Raises ValueError if `own` has no plural rule.
    """
    rule = PLURAL.match(own.info().get("plural-forms", ""))
    if not rule:
        raise ValueError("the catalogue has no Plural-Forms that can be read")
    texts: dict[str, str | list[str]] = {
        key: text for key, text in _entries(others) if isinstance(key, str) and key and "%" not in key
    }
    for key, text in sorted(_entries(own), key=lambda entry: (isinstance(entry[0], tuple), entry[0])):
        if isinstance(key, str):
            texts[key] = text
        elif key[1] == 0:
            texts[key[0]] = [text]
        else:
            texts.setdefault(key[0], []).append(text)  # type: ignore[union-attr]
    texts.pop("", None)
    listed = json.dumps(texts, ensure_ascii=False, indent=0, sort_keys=True)
    return f"export const plural = (n) => Number({rule[1].strip()});\nexport default {listed};\n"


def _entries(translations: gettext.GNUTranslations) -> list[tuple[Any, str]]:
    """Pairs of a text (or a text and the index of its plural form) and its translation."""
    return list(translations._catalog.items())  # type: ignore[attr-defined]


def root() -> Path:
    """The folder `static/`."""
    return Path(settings.STATICFILES_DIRS[0])


def vendored() -> dict[str, str]:
    """The modules of `static/vendor/`: bare name, and path among the static files."""
    found = (path.relative_to(root()) for path in (root() / "vendor").rglob("*.mjs"))
    return {bare_name(path.relative_to("vendor").as_posix()): path.as_posix() for path in found}


def bare_name(path: str) -> str:
    """`@preact/signals@2.11.4/signals.mjs` is `@preact/signals`, `preact@11.2.0/hooks.mjs` is `preact/hooks`."""
    file = PurePosixPath(path)
    package = file.parent.as_posix().rpartition("@")[0]
    return package if file.stem == package.rpartition("/")[2] else f"{package}/{file.stem}"


def joined(modules: dict[str, str]) -> str:
    """One module that exports what all these export.

    Each becomes a function that is called once and returns its exports. This suffices for minified libraries from npm:
    they `import{a as b}from"x"` one above, `export{a as b}`, `export{a}from"x"` and `export default`. Raises ValueError
    if other syntax of modules is left, or if two export different things under one name.
    """
    lines: list[str] = []
    place: dict[str, str] = {}  # of each module
    origin: dict[str, str] = {}  # of each export: `$1.useState`
    for number, (name, text) in enumerate(modules.items()):
        place[name] = here = f"$module{number}"
        given: dict[str, str] = {}
        body = text.strip().replace("export default ", "const $default=")
        if body != text.strip():
            given["default"] = "$default"
        for names, source in EXPORT.findall(body):
            given |= {public: f"{place[source]}.{own}" if source else own for own, public in pairs(names)}
        body = EXPORT.sub("", body)
        body = IMPORT.sub(
            lambda match: f"const{{{','.join(f'{a}:{b}' for a, b in pairs(match[1]))}}}={place[match[2]]};",
            body,
        )
        if LEFT.search(body):
            raise ValueError(f"{name} has syntax of modules that can't be joined")
        _note_exports(name, here, given, origin)
        returned = ",".join(f"{public}:{own}" for public, own in given.items())
        lines.append(f"const {here}=(()=>{{{body}\nreturn{{{returned}}}}})();")
    default = origin.pop("default", None)
    lines += [f"export const {public}={of};" for public, of in sorted(origin.items())]
    if default:
        lines.append(f"export default {default};")
    return "\n".join(lines) + "\n"


def _note_exports(name: str, here: str, given: dict[str, str], origin: dict[str, str]) -> None:
    """Note in `origin` what a module exports; `given` has what each export is called in it, or where it is from."""
    for public, own in given.items():
        of = own if own.startswith("$module") else f"{here}.{public}"
        if origin.setdefault(public, of) != of:
            raise ValueError(f"{public} is exported by {name} and by {origin[public]}")


def joined_base(modules: dict[str, str]) -> str:
    """One module that exports what all these modules of ours export; each stands after those that it imports.

    Raises ValueError as `joined` does. Comments are left out, a quarter of what a first visit would load of it.
    Nothing else but line breaks moves, so a fault's line is found by its text.
    """
    place: dict[str, str] = {}
    libraries: dict[str, str] = {}
    lines: list[str] = []
    origin: dict[str, str] = {}
    for number, (name, text) in enumerate(modules.items()):
        here = f"$module{number}"
        given = {own: own for own in OWN_EXPORT.findall(text)}
        for names, source in HANDED_ON.findall(text):
            given |= {own.strip(): f"{place[source]}.{own.strip()}" for own in names.split(",")}

        def taken(match: re.Match[str]) -> str:
            everything, default, names, source = match.groups()
            if source in place:
                found = place[source]
            elif source.startswith("chat/"):
                raise ValueError(f"{source} is imported, but not joined before")
            else:
                found = libraries.setdefault(source, f"$library{len(libraries)}")
            if everything:
                return f"const {everything} = {found};"
            if default:
                return f"const {default} = {found}.default;"
            listed = ", ".join(
                own if own == other else f"{own}: {other}" for own, other in pairs(names) if own
            )
            return f"const {{ {listed} }} = {found};"

        body = OWN_EXPORT.sub("", HANDED_ON.sub("", OWN_IMPORT.sub(taken, COMMENT.sub("", text))))
        place[name] = here
        if OWN_LEFT.search(body):
            raise ValueError(f"{name} has syntax of modules that can't be joined")
        _note_exports(name, here, given, origin)
        returned = ", ".join(public if public == own else f"{public}: {own}" for public, own in given.items())
        lines.append(f"const {here} = (() => {{\n{body}\nreturn {{ {returned} }};\n}})();")
    imports = [f'import * as {own} from "{source}";' for source, own in libraries.items()]
    exports = [f"export const {public} = {of};" for public, of in sorted(origin.items())]
    return "\n".join([*imports, *lines, *exports]) + "\n"


def pairs(names: str) -> list[tuple[str, str]]:
    """`a as b,c` is `[("a", "b"), ("c", "c")]`."""
    both = (name.partition(" as ") for name in names.split(",") if name)
    return [(one.strip(), (other or one).strip()) for one, _, other in both]
