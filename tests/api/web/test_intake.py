"""Papers registered by pages: as forms without scripts, and file by file."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from api.deps import Services
from tests.api.papers import rows
from tests.api.web.conftest import HTML, Reader

Make = Callable[..., Reader]
KNOWN = {
    "channel": "mail",
    "office": "gence",
    "received_at": "",
    "sender": "Vəli <b>",
    "external_reference": "",
    "key": "k1",
}


def upload(*contents: bytes) -> list[Any]:
    return [("file", (f"{number}.txt", content)) for number, content in enumerate(contents)]


def test_files_of_a_form_are_registered(reader: Make, services: Services) -> None:
    clerk = reader("clerk")
    answer = clerk.post("/intake", files=upload("Ərizə bir".encode(), "Ərizə iki".encode()), **KNOWN)
    assert answer.status_code == 201
    assert "2 papers are registered" in answer.text
    assert rows(services, "documents") == 2
    again = clerk.post("/intake", files=upload("Ərizə bir".encode(), "Ərizə iki".encode()), **KNOWN)
    assert again.status_code == 201
    assert rows(services, "documents") == 2, "the same form again registers nothing anew"
    number = answer.text.partition('<b class="num">')[2].partition("<")[0]
    card = clerk.get(f"/intake/card/{number}")
    assert card.status_code == 200
    assert "Vəli &lt;b&gt;" in card.text
    assert '<svg class="barcode"' in card.text
    assert clerk.get("/intake/card/2020-B-000001").status_code == 404


def test_a_form_with_files_needs_the_token_first(reader: Make, services: Services) -> None:
    clerk = reader("clerk")
    files = upload(b"abc")
    for csrf in ("x", ""):
        clerk.csrf = csrf
        assert clerk.post("/intake", files=files, **KNOWN).status_code == 403
    clerk.csrf = reader("clerk").csrf
    assert clerk.post("/intake", files=files, **KNOWN).status_code == 403, "that of another session"
    late = [*files, ("csrf", (None, b"x"))]
    assert clerk.client.post("/intake", files=late, headers={**HTML, **clerk.headers}).status_code == 403
    assert rows(services, "documents") == 0


def test_another_site_cannot_send_files(reader: Make, services: Services) -> None:
    clerk = reader("clerk")
    clerk.headers["Sec-Fetch-Site"] = "cross-site"
    assert clerk.post("/intake", files=upload(b"abc"), **KNOWN).status_code == 403
    assert rows(services, "documents") == 0


def test_what_is_refused_is_said_with_what_was_typed(reader: Make, services: Services) -> None:
    clerk = reader("clerk", "az")
    nothing = clerk.post("/intake", files=[("file", ("", b""))], **KNOWN)
    assert nothing.status_code == 422
    assert "Ən azı bir fayl seçin." in nothing.text
    assert "Vəli &lt;b&gt;" in nothing.text
    binary = clerk.post("/intake", files=upload(b"\x00\x01\x02" * 99), **KNOWN)
    assert binary.status_code == 415
    assert "0.txt: Fayl nə tanınan formatda" in binary.text
    future = clerk.post("/intake", files=upload(b"abc"), **(KNOWN | {"received_at": "2099-01-01T10:00"}))
    assert "Qəbul vaxtı gələcəkdədir." in future.text
    bad = clerk.post("/intake", files=upload(b"abc"), **(KNOWN | {"received_at": "yesterday"}))
    assert bad.status_code == 422
    assert 'href="#f-received_at"' in bad.text
    assert rows(services, "documents") == 0


def test_a_text_is_registered(reader: Make, services: Services) -> None:
    clerk = reader("clerk")
    assert clerk.post("/intake/text", text="   ", **KNOWN).status_code == 422
    assert clerk.post("/intake/text", text="Ərizə", **KNOWN).status_code == 201
    assert rows(services, "documents") == 1


def test_a_script_gets_a_row_or_a_sentence_for_each_file(reader: Make) -> None:
    clerk = reader("clerk", "ru")
    clerk.headers |= {
        "Accept": "application/problem+json",
        "X-Requested-With": "script",
        "X-CSRF-Token": clerk.csrf,
    }
    clerk.csrf = ""
    answer = clerk.post("/intake", files=upload("Ərizə".encode()), **KNOWN)
    assert answer.status_code == 201
    assert answer.text.strip().startswith("<tr>")
    wrong = clerk.post("/intake", files=upload(b"\x00\x01\x02" * 99), **(KNOWN | {"key": "k2"}))
    assert wrong.headers["content-type"] == "application/problem+json"
    assert wrong.json()["detail"].startswith("0.txt: Файл не известного формата")


def test_officers_register_nothing(reader: Make) -> None:
    officer = reader("officer")
    assert officer.get("/intake").status_code == 403
    assert officer.post("/intake", files=upload(b"abc"), **KNOWN).status_code == 403
