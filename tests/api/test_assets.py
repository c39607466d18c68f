"""Static files that are made of others: chatproject.assets."""

import re

import pytest

from chatproject import assets
from chatproject.templatetags.importmap import IMPORT
from tests.servers import ROOT


def test_every_style_sheet_is_in_one_that_a_page_loads():
    named = {part for parts in assets.SHEETS.values() for part in parts}
    there = {
        path.relative_to(ROOT / "static/css").with_suffix("").as_posix()
        for path in (ROOT / "static/css").rglob("*.css")
    }
    assert there - named == {"api", "docs"}  # of pages that are not ours


def test_a_joined_sheet_has_its_parts_in_their_order():
    css = assets.made()["pages.css"]
    places = [css.index((ROOT / f"static/css/{part}.css").read_text()) for part in assets.SHEETS["pages"]]
    assert places == sorted(places)


def test_the_joined_libraries_export_what_each_of_them_does():
    made = assets.made()["libraries.mjs"]
    exported = set(re.findall(r"^export const (\w+)=", made, re.MULTILINE))
    assert {
        "h",
        "render",
        "Component",
        "useState",
        "useEffect",
        "signal",
        "computed",
        "effect",
        "batch",
    } <= exported
    assert re.search(r"^export default ", made, re.MULTILINE)
    assert not re.search(r"\bimport\b", made)


def test_joined_modules_hand_on_what_they_import():
    made = assets.joined(
        {
            "one": "var a=1,b=2;export{a as first,b};",
            "two": 'import{first as x,b}from"one";export{b}from"one";const sum=x+b;export{sum};',
        }
    )
    assert "const{first:x,b:b}=$module0;" in made
    assert "return{b:$module0.b,sum:sum}" in made
    assert [line for line in made.splitlines() if line.startswith("export")] == [
        "export const b=$module0.b;",
        "export const first=$module0.first;",
        "export const sum=$module1.sum;",
    ]


@pytest.mark.parametrize(
    "modules",
    [
        {"one": "export{a};", "two": "export{a};"},
        {"one": 'import*as x from"y";export{x};'},
        {"one": "export function f(){}"},
    ],
)
def test_what_can_not_be_joined_is_refused(modules):
    with pytest.raises(ValueError, match=r"joined|exported"):
        assets.joined(modules)


def test_the_client_s_modules_import_each_other_in_no_circle():
    folder = ROOT / "static/js"
    imports = {
        f"chat/{path.relative_to(folder).as_posix()}": set(IMPORT.findall(path.read_text()))
        for path in folder.rglob("*.js")
    }
    assert len(imports) > 40
    # Again and again, those that import nothing of what is left are taken out. In a circle nobody is.
    while free := {name for name, wanted in imports.items() if not wanted & imports.keys()}:
        imports = {name: wanted for name, wanted in imports.items() if name not in free}
    assert imports == {}


def test_the_client_s_base_is_one_module_that_exports_what_its_parts_do():
    made = assets.made()["base.mjs"]
    exported = set(re.findall(r"^export const (\w+) =", made, re.MULTILINE))
    for name in assets.BASE:
        text = (ROOT / f"static/js/{name}.js").read_text()
        assert set(assets.OWN_EXPORT.findall(text)) <= exported, name
    assert set(re.findall(r'^import .* from "(.*)";$', made, re.MULTILINE)) <= set(assets.LIBRARIES)


def test_joined_parts_of_the_client_s_base_hand_on_what_they_import():
    one = 'import { signal as made } from "lib";\nexport const a = made(1);\nexport async function b() {}\n'
    two = (
        'import * as one from "chat/one.js";\nimport { a as c } from "chat/one.js";\n'
        'export { b } from "chat/one.js";\nexport const d = one.a + c;\n'
    )
    made = assets.joined_base({"chat/one.js": one, "chat/two.js": two})
    assert made.startswith('import * as $library0 from "lib";\n')
    assert "const { signal: made } = $library0;\nconst a = made(1);" in made
    assert "const one = $module0;\nconst { a: c } = $module0;" in made
    assert "return { d, b: $module0.b };" in made
    assert [line for line in made.splitlines() if line.startswith("export")] == [
        "export const a = $module0.a;",
        "export const b = $module0.b;",
        "export const d = $module1.d;",
    ]


def test_the_client_s_base_has_no_comments_but_those_of_licences():
    one = (
        "/** What it is. */\nexport const a = 1; /** beside */\n"
        "  /**\n   * @param {number} b\n   */\nconst c = `\n * d\n`;\n"
        "/** By others, ISC licence. */\nconst e = 2;\n/** The end. */\n"
    )
    made = assets.joined_base({"chat/one.js": one})
    assert (
        "const a = 1; /** beside */\nconst c = `\n * d\n`;\n/** By others, ISC licence. */\nconst e = 2;\n"
        in made
    )
    assert "What it is" not in made
    assert "@param" not in made
    assert "The end" not in made


@pytest.mark.parametrize(
    "modules",
    [
        {"chat/one.js": "export const a = 1;", "chat/two.js": "export const a = 2;"},
        {"chat/one.js": 'import "chat/other.js";'},
        {"chat/one.js": 'import { a } from "chat/other.js";'},
        {"chat/one.js": "export default 1;"},
    ],
)
def test_what_can_not_be_in_the_client_s_base_is_refused(modules):
    with pytest.raises(ValueError, match=r"joined|exported"):
        assets.joined_base(modules)
