"""What the documents say of settings, commands and files is true."""

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text()
EXAMPLE = (ROOT / ".env.example").read_text()
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])


def read_by_settings() -> set[str]:
    return set(re.findall(r'env\.\w+\(\s*"([A-Z0-9_]+)"', (ROOT / "chatproject/settings.py").read_text()))


def in_readme() -> dict[str, str]:
    return dict(re.findall(r"^\| `([A-Z0-9_]+)` \| (?:`([^`]*)`)? ?\|", README, re.MULTILINE))


def in_example() -> dict[str, str]:
    return dict(re.findall(r"^#([A-Z0-9_]+)=(.*)$", EXAMPLE, re.MULTILINE))


def test_the_readme_and_the_example_list_every_setting_and_no_other() -> None:
    assert len(read_by_settings()) > 10
    assert set(in_readme()) == read_by_settings()
    assert set(in_example()) == read_by_settings()


def test_the_readme_and_the_example_give_the_same_defaults() -> None:
    assert in_readme() == in_example()


def test_every_make_target_that_a_document_names_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for document in DOCUMENTS:
        named = set(re.findall(r"(?:`|^)make ([a-z]+)", document.read_text(), re.MULTILINE))
        assert named <= targets, document.name


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_between_documents_leads_somewhere(document: Path) -> None:
    for target, anchor in re.findall(r"\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)", document.read_text()):
        path = document.parent / target if target else document
        assert path.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.*)$", path.read_text(), re.MULTILINE)
            assert anchor in [
                re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings
            ]


def test_the_compose_file_sets_only_settings_that_exist() -> None:
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    assert set(services["web"]["environment"]) <= read_by_settings()
    assert services["web"]["environment"] == services["migrate"]["environment"]
    assert services["web"]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}


def test_the_image_holds_every_app_and_nothing_of_this_machine() -> None:
    kept = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert {"accounts", "chat", "rooms", "chatproject", "templates", "static", "manage.py"} <= kept
    assert not kept & {".env", "var", ".venv", ".git", "tests"}
