"""The web client's page, and what makes it an app."""

import json

import pytest
from django.contrib.staticfiles import finders
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.api.pages.browser import ROOT

pytestmark = pytest.mark.django_db


def test_the_clients_page_runs_under_the_strictest_policy(signed_in):
    policy = signed_in.get("/chat")["Content-Security-Policy"]
    rules = {rule.split()[0]: rule.split()[1:] for rule in policy.split(";") if rule.strip()}
    assert rules["default-src"] == ["'none'"]
    assert rules["style-src"] == rules["connect-src"] == ["'self'"]
    assert rules["base-uri"] == rules["object-src"] == rules["frame-ancestors"] == ["'none'"]
    assert set(rules["script-src"]) - {"'self'"} == {one for one in rules["script-src"] if "nonce" in one}


def test_the_manifest_names_icons_that_exist(client):
    answer = client.get("/manifest.webmanifest")
    assert answer["Content-Type"] == "application/manifest+json"
    manifest = json.loads(answer.content)
    assert (manifest["start_url"], manifest["display"]) == ("/chat", "standalone")
    assert {"192x192", "512x512"} <= {icon["sizes"] for icon in manifest["icons"]}
    for icon in manifest["icons"]:
        assert (ROOT / icon["src"].lstrip("/")).is_file()


def test_the_service_worker_may_serve_the_whole_site_and_keeps_files_that_exist(client):
    answer = client.get("/sw.js")
    assert answer["Content-Type"] == "text/javascript"
    assert answer["Service-Worker-Allowed"] == "/"
    assert answer["Cache-Control"] == "no-cache"
    first = answer.content.decode().splitlines()[0]
    for path in json.loads(first.removeprefix("const KEPT = ").removesuffix(";")):
        assert finders.find(path.removeprefix("/static/")), path


def test_the_offline_page_is_the_same_for_everybody(signed_in, browser):
    page = signed_in.get("/offline").content
    assert page == browser.get("/offline").content
    assert b"csrf" not in page
    assert b"ann" not in page.lower().replace(b"channel", b"").replace(b"can't", b"")


@pytest.mark.parametrize("is_signed_in", [True, False])
def test_what_is_shared_without_the_service_worker_leads_to_the_client(is_signed_in, client, request):
    browser = request.getfixturevalue("signed_in") if is_signed_in else Client(enforce_csrf_checks=True)
    share_target = json.loads(client.get("/manifest.webmanifest").content)["share_target"]
    file = SimpleUploadedFile("cat.png", bytes(5000), "image/png")
    answer = browser.post(share_target["action"], {"title": "A cat", "text": "", "files": [file]})
    assert (answer.status_code, answer["Location"]) == (302, "/chat?share=")
