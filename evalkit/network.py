"""What may be reached over the network while an experiment runs: this machine, and what it names.

Python tells its audit hooks (PEP 578) of every name that is looked up and every connection that is
opened, in any library, before it happens; a hook that raises prevents it. Code that opens sockets
without Python, and other processes, are not seen.
"""

from __future__ import annotations

import ipaddress
import socket
import sys
import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache, wraps
from typing import Any


class RefusedHost(OSError):
    """A connection to a host that the experiment does not name; `host` is that name."""

    def __init__(self, host: str) -> None:
        self.host = host
        super().__init__(f"{host} is not a host that this experiment names")


class _Guard:
    """The hosts allowed now, and the addresses that their names were found to have.

    A name may have other addresses at each look-up, so it is the caller's own that counts: what
    `socket.getaddrinfo` gave it is noted.
    """

    def __init__(self) -> None:
        self.hosts: Counter[str] = Counter()
        self.depth = 0
        self.addresses: set[str] = set()
        self.changing = threading.Lock()

    def looked_up(self, host: str) -> None:
        if not (is_local(host) or host == socket.gethostname() or self._allows(host)):
            raise RefusedHost(host)

    def connected(self, address: Any) -> None:
        if not isinstance(address, tuple) or not address:
            return  # a Unix socket
        host = str(address[0])
        if not (is_local(host) or host in self.addresses or self._allows(host)):
            raise RefusedHost(host)

    def _allows(self, host: str) -> bool:
        return any(_matches(host.lower().rstrip("."), allowed) for allowed in self.hosts)


_guard = _Guard()


@contextmanager
def only(hosts: Iterable[str]) -> Iterator[None]:
    """Refuse every connection of this process but to this machine and to `hosts`.

    A host is a name (`api.openai.com`), one with any beginning (`*.openai.azure.com`) or an
    address. Within another `only`, both sets are allowed. Raises RefusedHost, an OSError, out of
    the call that would have connected.
    """
    _install()
    named = [host.lower().rstrip(".") for host in hosts]
    with _guard.changing:
        _guard.hosts = _guard.hosts + Counter(named)
        _guard.depth += 1
    try:
        yield
    finally:
        with _guard.changing:
            _guard.depth -= 1
            _guard.hosts = _guard.hosts - Counter(named)
            if not _guard.depth:
                _guard.addresses = set()


def is_local(host: str) -> bool:
    """True for this machine by name or address.

    >>> is_local("localhost"), is_local("127.0.0.1"), is_local("::1"), is_local("10.0.0.1")
    (True, True, True, False)
    """
    if host in ("", "localhost"):
        return True
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def _matches(host: str, allowed: str) -> bool:
    return host.endswith(allowed[1:]) if allowed.startswith("*.") else host == allowed


@cache
def _install() -> None:
    sys.addaudithook(_hook)
    look_up = socket.getaddrinfo

    @wraps(look_up)
    def noted(*arguments: Any, **options: Any) -> Any:
        found = look_up(*arguments, **options)
        if _guard.depth:
            _guard.addresses = _guard.addresses | {str(one[4][0]) for one in found}
        return found

    socket.getaddrinfo = noted


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    if not event.startswith("socket.") or not _guard.depth:
        return
    if event in ("socket.getaddrinfo", "socket.gethostbyname"):
        host = arguments[0]
        name = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host or "")
        _guard.looked_up(name)
    elif event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        _guard.connected(arguments[1])
