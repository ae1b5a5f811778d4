"""Where webhooks may go, so that nobody makes the service call its own neighbours (SSRF).

By https, to public addresses. Hosts of the setting `webhook_hosts` (`host:port`) may be at private or loopback
addresses, too, and those at loopback be called by http. Link-local (where clouds answer with credentials), multicast
and reserved addresses are called in no case. What is checked are the addresses that are then connected to.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from api.errors import InvalidError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Reach = Literal["public", "private", "loopback", "never"]

LONGEST_URL = 2000
_MOST = 4
_CHARACTERS = re.compile(r"[\x21-\x7e]+")
_HOST = re.compile(r"[a-z0-9._:-]{1,200}")
_SHARED = ipaddress.ip_network("100.64.0.0/10")
_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")


class RefusedError(Exception):
    """A host that is not called; `code` is `address` or `name` (it has no address)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Target:
    """A checked URL: `path` with its query. `listed`: the settings name it as internal."""

    tls: bool
    host: str
    port: int
    path: str
    listed: bool

    def addresses(self) -> list[str]:
        """Addresses to connect to, at most four. Raises RefusedError where there is none, or one is not allowed."""
        try:
            found = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise RefusedError("name") from error
        addresses = list(dict.fromkeys(str(info[4][0]) for info in found))[:_MOST]
        for address in addresses:
            if not self.allows(reach(address)):
                raise RefusedError("address")
        return addresses

    def allows(self, where: Reach) -> bool:
        """Whether such an address may be called."""
        if not self.tls:
            return self.listed and where == "loopback"
        return where == "public" or (self.listed and where != "never")


def parse(url: str, hosts: Collection[str]) -> Target:
    """The target of a URL; `hosts` is the setting. Raises InvalidError, saying what to do."""
    if len(url) > LONGEST_URL or not _CHARACTERS.fullmatch(url):
        raise InvalidError("A webhook's URL is plain ASCII without spaces, of at most 2000 characters.")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise InvalidError("This is no URL. Send one such as https://example.org/hook.") from error
    if not host or not _HOST.fullmatch(host) or parts.scheme not in ("https", "http") or port == 0:
        raise InvalidError("A webhook's URL begins with https:// and a host.")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise InvalidError("A webhook's URL holds no user, password or fragment.")
    tls = parts.scheme == "https"
    port = port or (443 if tls else 80)
    listed = f"[{host}]:{port}" in hosts or f"{host}:{port}" in hosts
    if not tls and not listed:
        raise InvalidError(
            "A webhook is called by https. Plain http is for programs on this machine that TRIAGE_WEBHOOK_HOSTS lists."
        )
    target = Target(tls, host, port, (parts.path or "/") + (f"?{parts.query}" if parts.query else ""), listed)
    _check_literal(target)
    return target


def reach(text: str) -> Reach:
    """What kind of address this is; one that stands for another by translation or tunnel is never called."""
    address: Address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        elif address in _TRANSLATED or address.sixtofour is not None or address.teredo is not None:
            return "never"
        elif address.is_site_local:
            return "private"
    if address.is_loopback:
        return "loopback"
    if address.is_link_local or address.is_multicast or address.is_unspecified or address.is_reserved:
        return "never"
    if address.is_private or address in _SHARED:
        return "private"
    return "public" if address.is_global else "never"


def _check_literal(target: Target) -> None:
    """An address in the URL is checked at once; a name at each call, since it may come to mean another address."""
    try:
        where = reach(target.host)
    except ValueError:
        return
    if not target.allows(where):
        raise InvalidError(
            "Webhooks are not sent to this address. Internal systems must be listed in TRIAGE_WEBHOOK_HOSTS."
        )
