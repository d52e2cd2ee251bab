"""One attempt to call a model that failed: of what kind, and whether it may pass by itself.

All is told from the types and the status in the chain of errors, never from the provider's words.
"""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Literal, get_args

Passing = Literal["rate limited", "server error", "time-out", "connection", "malformed response"]
"""Failures that may pass by themselves: they are tried again. Any other would come again."""
Lasting = Literal[
    "authentication",
    "not found",
    "bad request",
    "refused",
    "truncated",
    "empty",
    "over budget",
    "host not named",
]
Kind = Literal[Passing, Lasting]

MAYBE_PAID: frozenset[Kind] = frozenset(
    {"time-out", "malformed response", "refused", "truncated", "empty"}
)
"""Failures after which the model may have written, and be paid for, all the same."""

BY_STATUS: dict[int, Kind] = {
    **dict.fromkeys((401, 403), "authentication"),
    **dict.fromkeys((408, 504), "time-out"),
    **{404: "not found", 429: "rate limited"},
}


class FailedAttempt(Exception):
    """One attempt that failed, with the wait the server asked for; it carries no text."""

    def __init__(self, kind: Kind, status: int | None = None, wait_s: float | None = None) -> None:
        self.kind, self.status, self.wait_s = kind, status, wait_s
        super().__init__(kind)


def classified(error: Exception) -> FailedAttempt:
    """What went wrong, from the types and the status in an error's chain, never from its words.

    litellm gives errors that had no response at all a status too (500, 408): a status counts
    only where the server sent one.
    """
    chain = _chain(error)
    types = " ".join(cls.__name__ for link in chain for cls in type(link).__mro__)
    if "RefusedHost" in types:
        return FailedAttempt("host not named")
    if "HTTPStatusError" not in types:
        if "Timeout" in types:
            return FailedAttempt("time-out")
        if "JSONDecodeError" in types:
            return FailedAttempt("malformed response")
        if "ConnectionError" in types or "ConnectError" in types or "TransportError" in types:
            return FailedAttempt("connection")
    status = getattr(error, "status_code", None)
    if not isinstance(status, int):
        return FailedAttempt("malformed response")
    if "ContentPolicyViolation" in types:
        return FailedAttempt("refused", status)
    kind = BY_STATUS.get(status, "bad request" if status < 500 else "server error")
    return FailedAttempt(kind, status, _retry_after_s(error))


def may_pass(error: BaseException) -> bool:
    return isinstance(error, FailedAttempt) and error.kind in get_args(Passing)


def _chain(error: BaseException | None) -> list[BaseException]:
    chain: list[BaseException] = []
    while error is not None and error not in chain:
        chain.append(error)
        error = error.__cause__ or error.__context__
    return chain


def _retry_after_s(error: Exception) -> float | None:
    """Seconds from a Retry-After header, which is a number or a date; None if there is none."""
    headers = getattr(error, "litellm_response_headers", None)
    headers = headers or getattr(getattr(error, "response", None), "headers", None) or {}
    value = headers.get("retry-after", "")
    with contextlib.suppress(ValueError):
        return max(0.0, float(value))
    with contextlib.suppress(ValueError, TypeError):  # a date without a zone cannot be compared
        return max(0.0, (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds())
    return None
