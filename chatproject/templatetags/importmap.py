"""`{% modules "chat/app.js" %}`: the import map, preloads of the entry module's imports, and the entry module.

Sources import each other by bare names, so that the hashed names of collected static files work without a build:

    static/js/views/sidebar.js                    is "chat/views/sidebar.js"
    static/vendor/preact@11.2.0/preact.mjs        is "preact"
    static/vendor/preact@11.2.0/hooks.mjs         is "preact/hooks"
    static/made/overlay.css                       is "css/overlay.css", for `import.meta.resolve`
    static/made/locale/de.js                      is "chat/locale/de.js"

The map is made from the existing files. The names of libraries that are needed from the start all lead to one file
built from them, and so do those of the client's base (chatproject.assets).
"""

import json
import re
from functools import cache

from django import template
from django.conf import settings
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from chatproject import assets

register = template.Library()

IMPORT = re.compile(r"""(?:^|[;}\n])\s*(?:import|export)\b[^;"'()]*?["']([^"']+)["']""")


@register.simple_tag(takes_context=True)
def modules(context: template.Context, entry: str) -> SafeString:
    """Everything between `<head>` and the running of `entry`, a bare name."""
    found = names()
    early = [(url,) for url in dict.fromkeys(static(found[name]) for name in needed_by(entry))]
    nonce = str(context.get("CSP_NONCE", ""))
    return format_html(
        '<script type="importmap" nonce="{}">{}</script>\n{}\n<script type="module" src="{}"></script>',
        nonce,
        import_map(),
        format_html_join("\n", '<link rel="modulepreload" href="{}">', early),
        static(found[entry]),
    )


def import_map() -> SafeString:
    """The map as JSON, safe inside a script element."""
    urls = {name: static(path) for name, path in names().items()}
    return mark_safe(json.dumps({"imports": urls}).replace("<", "\\u003c"))  # noqa: S308 (JSON without "<")


def names() -> dict[str, str]:
    """Every module: its bare name, and its path among the static files."""
    return _names() if settings.DEBUG else _names_once()


def _names() -> dict[str, str]:
    root = assets.root()
    ours = {
        f"chat/{path.relative_to(root / 'js').as_posix()}": path.relative_to(root).as_posix()
        for path in (root / "js").rglob("*.js")
    }
    ours |= {f"chat/{name}.js": assets.BASE_JOINED for name in assets.BASE}
    libraries = assets.vendored() | dict.fromkeys(assets.LIBRARIES, assets.JOINED)
    sheets = {f"css/{name}.css": f"made/{name}.css" for name in assets.SHEETS}
    languages = {f"chat/{name}": f"made/{name}" for name in assets.catalogues()}
    return dict(sorted((ours | libraries | sheets | languages).items()))


_names_once = cache(_names)


def needed_by(entry: str) -> list[str]:
    """The static imports of `entry`, recursively. Dynamic `import()`s don't count."""
    return _needed_by(entry) if settings.DEBUG else _needed_by_once(entry)


def _needed_by(entry: str) -> list[str]:
    root, found, seen, wanted = assets.root(), names(), {entry}, [entry]
    while wanted:
        module = wanted.pop()
        source = f"js/{module.removeprefix('chat/')}" if module.startswith("chat/") else found[module]
        for name in IMPORT.findall((root / source).read_text()) if source != assets.JOINED else ():
            if name in found and name not in seen:
                seen.add(name)
                wanted.append(name)
    return sorted(seen - {entry})


_needed_by_once = cache(_needed_by)
