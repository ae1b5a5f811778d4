"""`triage batch` and `triage suggest`, as commands."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from triage import batch
from triage.cli import app
from triage.pipeline import Triager

TEXT = "Sumqayıt şəhərində qonşum Elçin Rəhimov mənzilimdən televizoru oğurlayıb, tapılmasını xahiş edirəm."


def _run(triager: Triager, *lines: Any, base: Path = Path()) -> list[dict[str, Any]]:
    data = b"\n".join(line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines)
    return [row for row, _ in batch.run(triager, io.BytesIO(data + b"\n"), base=base)]


def test_lines_come_back_in_order(triager: Triager) -> None:
    rows = _run(triager, *({"id": str(n), "text": TEXT * (1 + n % 7)} for n in range(150)))
    assert [row["id"] for row in rows] == [str(n) for n in range(150)]


def test_text_and_path_give_the_same_answer(triager: Triager, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(TEXT, encoding="utf-8")
    by_text, by_path = _run(triager, {"id": "1", "text": TEXT}, {"id": "1", "path": "a.txt"}, base=tmp_path)
    assert by_path.pop("pages")[0]["text"] == TEXT
    assert by_path["subject"] == by_text["subject"]
    assert by_path["input_sha256"] == by_text["input_sha256"]


BAD = [
    (b"{not json", "bad_line", None),
    (b"[1, 2]", "bad_line", None),
    (b'{"text": "no id"}', "bad_line", None),
    (b'{"id": 7, "text": "number"}', "bad_line", None),
    (b"\xff\xfe\x00", "bad_line", None),
    (b"[" * 100_000, "bad_line", None),
    ({"id": "n"}, "bad_line", "n"),
    ({"id": "n", "text": 5}, "bad_line", "n"),
    ({"id": "n", "path": "nowhere.pdf"}, "file_not_found", "n"),
    ({"id": "n", "path": "empty.pdf"}, "empty_file", "n"),
    ({"id": "n", "path": "random.bin"}, "unsupported_format", "n"),
]


@pytest.mark.parametrize(("line", "code", "id"), BAD)
def test_a_bad_line_gives_an_error_and_the_others_go_on(
    triager: Triager, tmp_path: Path, line: Any, code: str, id: str | None
) -> None:
    (tmp_path / "empty.pdf").touch()
    (tmp_path / "random.bin").write_bytes(bytes(range(256)) * 20)
    good = {"id": "good", "text": TEXT}
    first, bad, last = _run(triager, good, line, good, base=tmp_path)
    assert first == last
    assert first["department"]
    assert bad["id"] == id
    assert bad["error"]["code"] == code
    assert len(bad["error"]["message"].splitlines()) == 1


def test_a_line_over_the_limit_is_skipped_whole(triager: Triager, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "MAX_LINE", 1000)
    long, good = _run(triager, {"id": "long", "text": "a " * 5000}, {"id": "good", "text": TEXT})
    assert long["error"]["code"] == "bad_line"
    assert good["id"] == "good"


def test_an_unforeseen_fault_is_told_without_the_text(
    triager: Triager, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError(TEXT)

    monkeypatch.setattr(Triager, "suggest", fail)
    (row,) = _run(triager, {"id": "1", "text": TEXT})
    assert row["error"]["code"] == "internal"
    assert "RuntimeError" in row["error"]["message"]
    assert "Elçin" not in row["error"]["message"]


def test_batch_command_writes_whole_files(tmp_path: Path) -> None:
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text(
        json.dumps({"id": "1", "text": TEXT}) + "\n" + json.dumps({"id": "2", "path": "no.pdf"}) + "\n",
        encoding="utf-8",
    )
    result = CliRunner().invoke(app, ["batch", str(source), str(target)])
    assert result.exit_code == 1
    assert [json.loads(line)["id"] for line in target.read_text(encoding="utf-8").splitlines()] == ["1", "2"]
    assert not list(tmp_path.glob("*.part"))


def test_suggest_prints_a_table_and_json(tmp_path: Path) -> None:
    good, missing = tmp_path / "a.txt", tmp_path / "missing.txt"
    good.write_text(TEXT, encoding="utf-8")
    table = CliRunner().invoke(app, ["suggest", str(good), "--lang", "en"])
    assert table.exit_code == 0
    assert "Sumqayıt" in table.stdout
    as_json = CliRunner().invoke(app, ["suggest", str(good), str(missing), "--json"])
    assert as_json.exit_code == 1
    first, second = (json.loads(line) for line in as_json.stdout.splitlines())
    assert first["territory"] == "sumqayit"
    assert second["error"]["code"] == "file_not_found"


def test_explain_shows_text_rule_and_probabilities(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text(TEXT, encoding="utf-8")
    svg = tmp_path / "a.svg"
    result = CliRunner().invoke(app, ["explain", str(path), "--lang", "en", "--svg", str(svg)])
    assert result.exit_code == 0
    assert "<svg" in svg.read_text(encoding="utf-8")
    assert "url(http" not in svg.read_text(encoding="utf-8")
    assert "Elçin Rəhimov" in result.stdout
    assert "R18" in result.stdout
    assert "Place of the crime." in result.stdout


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["suggest"], 2),
        (["suggest", "x.txt", "--lang", "de"], 2),
        (["suggest", "x.txt", "--models", "/nowhere"], 3),
        (["batch", "/nowhere/in.jsonl", "/nowhere/out.jsonl"], 2),
        (["bundle", "verify", "/nowhere"], 3),
        (["bundle", "verify"], 0),
        (["explain", "/nowhere.txt"], 1),
    ],
)
def test_exit_codes(arguments: list[str], code: int) -> None:
    assert CliRunner().invoke(app, arguments).exit_code == code
