"""Papers come in by hand in a browser: files, folders, a pasted text; with scripts and without."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.functional.clerks import TEXT, Check, Place, database_url, filled, place, press, units

__all__ = ["database_url", "filled", "place", "units"]


def test_files_and_folders_come_in_each_with_its_number(
    place: Place, accessible: Check, tmp_path: Path
) -> None:
    (tmp_path / "qovluq" / "daxili").mkdir(parents=True)
    for name in ("bir.txt", "daxili/iki.txt"):
        (tmp_path / "qovluq" / name).write_text(f"{TEXT} {name}", encoding="utf-8")
    page = place.clerk()
    page.goto("/intake")
    accessible(page)
    page.set_input_files("#f-file", [_file("ərizə.txt", TEXT), _file("boş.txt", "")])
    page.click("#intake .deeds button")
    page.wait_for_selector("#progress tr:has-text('ərizə.txt') a:has-text('Qeydiyyat kartı')")
    empty = page.locator("#progress tr:has-text('boş.txt')")
    empty.locator(".error").wait_for()
    accessible(page)
    empty.locator("button").focus()
    press(page, "Enter")
    empty.locator(".error").wait_for()
    assert page.evaluate("document.activeElement !== document.body"), "the focus is not lost with the button"
    with page.expect_file_chooser() as chosen:
        page.click("#folder")
    chosen.value.set_files(tmp_path / "qovluq")
    page.wait_for_selector("#progress tr:has-text('iki.txt') a")
    page.evaluate(
        "(text) => { const dataTransfer = new DataTransfer();"
        " dataTransfer.items.add(new File([text], 'atılan.txt'));"
        " for (const name of ['dragover', 'drop'])"
        " document.body.dispatchEvent(new DragEvent(name, { dataTransfer, bubbles: true, cancelable: true })); }",
        f"Atılan. {TEXT}",
    )
    page.wait_for_selector("#progress tr:has-text('atılan.txt') a")
    page.wait_for_selector("#progress-count:text-is('4')")


def test_a_pasted_text_gets_a_card_to_print(place: Place, accessible: Check) -> None:
    page = place.clerk(java_script_enabled=False)
    page.goto("/intake?text=1")
    page.click("main form button:has-text('Qeydə al')")
    assert page.input_value("#f-text") == ""
    page.wait_for_selector("#e-text")
    page.fill("#f-text", f"Yapışdırılan. {TEXT}")
    page.fill("#f-sender", "Vəli Aliyev")
    page.click("main form button:has-text('Qeydə al')")
    number = page.inner_text("main table b.num")
    page.click("a:has-text('Qeydiyyat kartı')")
    assert page.inner_text(".card .number") == number
    assert page.locator(".card svg").bounding_box()["width"] > 150
    page.emulate_media(media="print")
    assert not page.locator(".top").is_visible()
    assert page.locator(".card svg").is_visible()


def test_files_come_in_without_scripts(place: Place) -> None:
    page = place.clerk(java_script_enabled=False)
    page.goto("/intake")
    page.click("main form button:has-text('Qeydə al')")
    page.wait_for_selector("#e-file")
    page.set_input_files("#f-file", [_file("bir.txt", f"Bir. {TEXT}"), _file("iki.txt", f"İki. {TEXT}")])
    page.click("main form button:has-text('Qeydə al')")
    assert page.locator("main tbody tr").count() == 2


def _file(name: str, text: str) -> dict[str, Any]:
    return {"name": name, "mimeType": "text/plain", "buffer": text.encode()}
