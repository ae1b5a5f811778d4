"""Backup and restore against a real server: whole or not at all, and no password where others can read it."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from sqlalchemy.engine import make_url

from api.db.dump import DumpError, backup, restore
from api.db.embedded import EmbeddedPostgres, find_binaries

SCHEMA = """
CREATE SCHEMA jobs;
CREATE TYPE state AS ENUM ('new', 'done');
CREATE TABLE papers (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body text NOT NULL, bytes bytea, at state);
CREATE TABLE jobs.queue (paper bigint REFERENCES papers);
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'append-only'; END $$;
CREATE TRIGGER kept BEFORE UPDATE OR DELETE ON papers FOR EACH ROW EXECUTE FUNCTION refuse();
INSERT INTO papers (body, bytes, at) SELECT 'Ərizə № ' || i, decode(md5(i::text), 'hex'), 'new'
  FROM generate_series(1, 500) i;
INSERT INTO jobs.queue SELECT id FROM papers;
"""
ALL = "SELECT md5(string_agg(p::text || q::text, '' ORDER BY id)) FROM papers p JOIN jobs.queue q ON q.paper = p.id"


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    home = Path(tempfile.mkdtemp(prefix="pg-"))
    with EmbeddedPostgres(home) as running:
        with connect(running.url) as connection:
            connection.execute(SCHEMA)
        yield running.url
    shutil.rmtree(home)


@pytest.fixture
def empty(server: str) -> Iterator[str]:
    """The URL of a new database on the same server."""
    with connect(server, autocommit=True) as connection:
        connection.execute("CREATE DATABASE other")
        yield make_url(server).set(database="other").render_as_string()
        connection.execute("DROP DATABASE other")


def connect(url: str, *, autocommit: bool = False) -> psycopg.Connection[tuple[object, ...]]:
    parts = make_url(url)
    conninfo = make_conninfo(
        host=str(parts.query["host"]), user=parts.username or "", dbname=parts.database or ""
    )
    return psycopg.connect(conninfo, autocommit=autocommit)


def test_a_backup_restored_elsewhere_is_the_same_database(server: str, empty: str, tmp_path: Path) -> None:
    heard: list[str] = []
    target = tmp_path / "whole.dump"
    target.write_bytes(b"an older backup")
    backup(server, target, find_binaries())
    assert target.read_bytes().startswith(b"PGDMP")
    assert target.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["whole.dump"]
    restore(empty, target, find_binaries(), say=heard.append)
    assert heard[-1] == "Restored."
    with connect(server) as old, connect(empty) as new:
        assert old.execute(ALL).fetchone() == new.execute(ALL).fetchone()
        with pytest.raises(psycopg.Error, match="append-only"):
            new.execute("DELETE FROM papers")


@pytest.mark.parametrize(
    ("occupant", "named"),
    [
        ("CREATE TABLE mine ()", "table public.mine"),
        ("CREATE SCHEMA mine", "schema mine"),
        ("CREATE TYPE mine AS ENUM ('a')", "type public.mine"),
        ("CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'", "function public.mine"),
        ("SELECT lo_create(4242)", "large object 4242"),
    ],
)
def test_a_database_that_is_not_empty_is_left_alone(
    server: str, empty: str, tmp_path: Path, occupant: str, named: str
) -> None:
    backup(server, tmp_path / "whole.dump", find_binaries())
    with connect(empty) as connection:
        connection.execute(occupant)
    with pytest.raises(DumpError, match=rf"not empty.*{named}"):
        restore(empty, tmp_path / "whole.dump", find_binaries())


def test_an_extension_does_not_count_as_content(server: str, empty: str, tmp_path: Path) -> None:
    backup(server, tmp_path / "whole.dump", find_binaries())
    with connect(empty) as connection:
        connection.execute("CREATE EXTENSION pg_trgm")
    restore(empty, tmp_path / "whole.dump", find_binaries())


@pytest.mark.parametrize("kept", [0, 3, 40, 0.5, 0.98])
def test_a_cut_backup_restores_nothing(server: str, empty: str, tmp_path: Path, kept: float) -> None:
    target = tmp_path / "whole.dump"
    backup(server, target, find_binaries())
    whole = target.read_bytes()
    target.write_bytes(whole[: kept if isinstance(kept, int) else int(len(whole) * kept)])
    with pytest.raises(DumpError):
        restore(empty, target, find_binaries())
    with connect(empty) as connection:
        assert connection.execute("SELECT to_regclass('papers'), to_regnamespace('jobs')").fetchone() == (
            None,
            None,
        )


def test_a_missing_role_is_said_and_nothing_is_restored(server: str, empty: str, tmp_path: Path) -> None:
    with connect(server) as connection:
        connection.execute("CREATE ROLE clerk_service")
        connection.execute("GRANT SELECT ON papers TO clerk_service")
    backup(server, tmp_path / "whole.dump", find_binaries())
    with connect(server) as connection:
        connection.execute("REVOKE ALL ON papers FROM clerk_service")
        connection.execute("DROP ROLE clerk_service")
    with pytest.raises(DumpError, match=r'role "clerk_service" does not exist'):
        restore(empty, tmp_path / "whole.dump", find_binaries())
    with connect(empty) as connection:
        assert connection.execute("SELECT to_regclass('papers')").fetchone() == (None,)


def test_a_failed_backup_leaves_the_older_one_and_no_litter(server: str, tmp_path: Path) -> None:
    target = tmp_path / "whole.dump"
    target.write_bytes(b"an older backup")
    nowhere = make_url(server).set(database="nowhere").render_as_string()
    with pytest.raises(DumpError, match='database "nowhere" does not exist'):
        backup(nowhere, target, find_binaries())
    assert target.read_bytes() == b"an older backup"
    assert [path.name for path in tmp_path.iterdir()] == ["whole.dump"]
    with pytest.raises(DumpError, match="cannot be written"):
        backup(server, tmp_path / "no-such-folder" / "whole.dump", find_binaries())


def test_the_password_goes_by_the_environment(tmp_path: Path) -> None:
    """A program of our own in place of pg_dump writes down what it was given."""
    told = tmp_path / "told"
    for name in ("pg_dump", "pg_restore"):
        (tmp_path / name).write_text(
            f'#!/bin/sh\necho "argv: $*" >> {told}\nenv | grep ^PG >> {told}\nexit 0\n'
        )
        (tmp_path / name).chmod(0o755)
    backup("postgresql://clerk:p%40ss@db.example:6432/triage?sslmode=require", tmp_path / "f.dump", tmp_path)
    lines = told.read_text().splitlines()
    assert not any("p@ss" in line for line in lines if line.startswith("argv"))
    assert {"PGPASSWORD=p@ss", "PGHOST=db.example", "PGPORT=6432", "PGUSER=clerk"} <= set(lines)
    assert {"PGDATABASE=triage", "PGSSLMODE=require"} <= set(lines)


@pytest.mark.parametrize(
    ("url", "complaint"),
    [
        ("sqlite:///x.db", "not for sqlite"),
        ("no url: s3cret", "cannot be read"),
        ("postgresql://clerk:s3cret@host", "names no database"),
        ("postgresql://clerk@host/triage?sslpassword=s3cret", "cannot be given: sslpassword"),
        ("postgresql+psycopg://clerk:s3cret@127.0.0.1:1/triage", "refused"),
    ],
)
def test_a_url_that_cannot_serve_is_refused_without_showing_its_password(
    tmp_path: Path, url: str, complaint: str
) -> None:
    with pytest.raises(DumpError, match=complaint) as caught:
        backup(url, tmp_path / "f.dump", find_binaries())
    assert "s3cret" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(
    "TRIAGE_TEST_POSTGRES_15" not in os.environ,
    reason="TRIAGE_TEST_POSTGRES_15 names no bin directory of 15 or 16",
)
def test_a_server_older_than_the_programs_can_be_restored_too(tmp_path: Path) -> None:
    home = Path(tempfile.mkdtemp(prefix="pg-"))
    try:
        with EmbeddedPostgres(home, Path(os.environ["TRIAGE_TEST_POSTGRES_15"])) as running:
            with connect(running.url) as connection:
                connection.execute(SCHEMA)
            backup(running.url, tmp_path / "whole.dump", find_binaries())
            with connect(running.url, autocommit=True) as connection:
                connection.execute("CREATE DATABASE other")
                other = make_url(running.url).set(database="other").render_as_string()
                whole = (tmp_path / "whole.dump").read_bytes()
                (tmp_path / "cut.dump").write_bytes(whole[: int(len(whole) * 0.98)])
                with pytest.raises(DumpError):
                    restore(other, tmp_path / "cut.dump", find_binaries())
                restore(other, tmp_path / "whole.dump", find_binaries())
            with connect(running.url) as old, connect(other) as new:
                assert old.execute(ALL).fetchone() == new.execute(ALL).fetchone()
    finally:
        shutil.rmtree(home)
