"""What goes over the wire: pages are packed, and files are kept by the browser until their content changes."""

from __future__ import annotations

import gzip
import re

import pytest
from django.contrib.staticfiles import finders
from django.test import Client, override_settings

from tideover.files import FilesMiddleware, VersionedStorage

pytestmark = pytest.mark.django_db
HTMX = "django_htmx/htmx-2.min.js"


def test_pages_files_and_the_lists_are_packed_for_who_can_unpack_them(alice, case):
    for address in ("/", "/cases/", f"/static/{HTMX}", "/cases.csv"):
        plain = alice.browser().get(address)
        packed = alice.browser().get(address, headers={"Accept-Encoding": "gzip"})
        assert packed["Content-Encoding"] == "gzip", address
        assert "Content-Encoding" not in plain
        assert gzip.decompress(b"".join(packed)).strip(), address


def test_every_file_a_page_links_to_is_named_by_its_content_and_kept_for_good(alice, case):
    html = "".join(alice.browser().get(page).content.decode() for page in ("/", f"/cases/{case.public_id}/"))
    linked = set(re.findall(r'(?:href|src)="(/static/[^"]*)"', html))
    assert any(HTMX.split(".", maxsplit=1)[0] in address for address in linked)
    for address in linked:
        answer = Client().get(address)
        assert answer.status_code == 200
        assert answer["Cache-Control"].endswith("000, public, immutable"), address


def test_what_is_asked_for_by_no_or_another_version_is_asked_for_again_soon():
    for address in (f"/static/{HTMX}", f"/static/{HTMX}?v=0a1b2c3d4e5f", f"/static/{HTMX}?v="):
        answer = Client().get(address)
        assert answer.status_code == 200
        assert "immutable" not in answer["Cache-Control"]


def test_another_content_is_another_address(tmp_path, monkeypatch):
    one, other = tmp_path / "one.css", tmp_path / "other.css"
    one.write_text("a{}")
    other.write_text("b{}")
    monkeypatch.setattr(finders, "find", lambda name: tmp_path / name if (tmp_path / name).exists() else None)
    storage = VersionedStorage()
    assert storage.url("one.css").split("?")[1] != storage.url("other.css").split("?")[1]
    assert "?" not in storage.url("absent.css")


def test_what_was_packed_when_it_was_built_is_sent_as_it_is(tmp_path):
    (tmp_path / "app.css").write_text("a{color:red}" * 50)
    (tmp_path / "app.css.gz").write_bytes(gzip.compress((tmp_path / "app.css").read_bytes()))
    with override_settings(STATIC_ROOT=tmp_path, WHITENOISE_USE_FINDERS=False):
        files = FilesMiddleware(lambda _: None).files
    assert set(files) == {"/static/app.css"}
    answer = files["/static/app.css"].get_response("GET", {"HTTP_ACCEPT_ENCODING": "gzip, br"})
    assert dict(answer.headers)["Content-Encoding"] == "gzip"
    answer.file.close()


def test_the_built_files_come_packed():
    built = finders.find("dist/app.css")
    if built is None:
        pytest.skip("the front end is not built (make frontend)")
    assert finders.find("dist/app.css.br")
    assert finders.find("dist/charts.js.gz")
