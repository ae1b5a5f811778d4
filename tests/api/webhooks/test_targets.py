"""Where webhooks may go: nobody makes the service call its own neighbours."""

from __future__ import annotations

import pytest

from api.errors import InvalidError
from api.webhooks.targets import RefusedError, parse, reach

LISTED = frozenset(
    {"registry.office.example:8443", "127.0.0.1:9000", "[::1]:9000", "169.254.169.254:443", "localhost:9000"}
)


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("93.184.215.14", "public"),
        ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", "public"),
        ("10.1.2.3", "private"),
        ("172.16.0.1", "private"),
        ("192.168.1.1", "private"),
        ("100.64.0.1", "private"),
        ("fd00::1", "private"),
        ("fec0::1", "private"),
        ("127.0.0.1", "loopback"),
        ("127.8.8.8", "loopback"),
        ("::1", "loopback"),
        ("::ffff:127.0.0.1", "loopback"),
        ("::ffff:10.0.0.1", "private"),
        ("169.254.169.254", "never"),
        ("::ffff:169.254.169.254", "never"),
        ("fe80::1%eth0", "never"),
        ("0.0.0.0", "never"),  # noqa: S104 - is not listened on
        ("::", "never"),
        ("224.0.0.1", "never"),
        ("255.255.255.255", "never"),
        ("240.0.0.1", "never"),
        ("64:ff9b::7f00:1", "never"),
        ("2002:7f00:1::", "never"),
        ("2001:0:4136:e378:8000:63bf:3fff:fdd2", "never"),
        ("::7f00:1", "never"),
    ],
)  # fmt: skip
def test_addresses_are_known_for_what_they_are(address: str, kind: str) -> None:
    assert reach(address) == kind


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/hook",
        "ftp://example.org/",
        "https://",
        "https:///path",
        "https://user:secret@example.org/",
        "https://example.org@evil.example/",
        "https://example.org/#part",
        "https://example.org:0/",
        "https://example.org:99999/",
        "https://exa mple.org/",
        "https://example.org/\r\nX-Header: 1",
        "https://[::1/",
        "https://example.org\\@evil.example/",
        "https://пример.example/",
        "https://" + "a" * 2000,
        "https://127.0.0.1/",
        "https://10.0.0.1/",
        "https://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://169.254.169.254/latest/meta-data/",
        "http://127.0.0.1:9001/",
        "http://registry.office.example/",
        "file:///etc/passwd",
        "javascript:alert(1)",
    ],
)
def test_what_may_not_be_called_is_refused_when_it_is_entered(url: str) -> None:
    with pytest.raises(InvalidError):
        parse(url, LISTED)


def test_public_hosts_are_called_by_https_and_listed_ones_at_their_port() -> None:
    target = parse("https://Example.org/hook?key=1", LISTED)
    assert (target.tls, target.host, target.port, target.path, target.listed) == (
        True, "example.org", 443, "/hook?key=1", False,
    )  # fmt: skip
    assert parse("https://registry.office.example:8443", LISTED).listed
    assert not parse("https://registry.office.example", LISTED).listed
    for url in ("http://127.0.0.1:9000/", "http://[::1]:9000/", "https://127.0.0.1:9000/x"):
        assert parse(url, LISTED).listed


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("https://localhost/", "address"),
        ("https://2130706433/", "address"),
        ("https://0x7f.1/", "address"),
        ("https://nowhere.invalid/", "name"),
        ("https://" + "a" * 64 + ".example/", "name"),
    ],
)
def test_a_name_is_checked_by_the_addresses_that_it_has_when_it_is_called(url: str, code: str) -> None:
    with pytest.raises(RefusedError) as refused:
        parse(url, LISTED).addresses()
    assert refused.value.code == code


def test_a_listed_name_may_be_at_home_but_plain_http_only_there() -> None:
    assert set(parse("http://localhost:9000/", LISTED).addresses()) <= {"127.0.0.1", "::1"}
    public = parse("http://93.184.215.14.nip.invalid:80/", {"93.184.215.14.nip.invalid:80"})
    assert not public.allows("public")
    assert not public.allows("private")
    assert not parse("https://registry.office.example:8443", LISTED).allows("never")
