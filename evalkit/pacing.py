"""How fast one model is called: so many calls at once, so many requests and tokens a minute.

When the server says that it is too much (status 429), half as many calls are made at once, all of
them wait as long as it asks, and each answer afterwards lets a little more through.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiolimiter import AsyncLimiter

from evalkit.records import Limit

BURST = 0.1
"""Share of a minute's allowance that may go at once (our choice): a minute never sees more than
1.1 times its limit."""


class Pace:
    """The pace of one model's calls, within one event loop.

    `allowed` is how many may be under way now, at most `most`.
    """

    def __init__(self, limit: Limit, most: int) -> None:
        self.most = min(limit.concurrency or most, most)
        self.allowed = float(self.most)
        self._under_way = 0
        self._quiet_until = 0.0
        self._cut_at = 0.0
        self._turn = asyncio.Condition()
        self._line = asyncio.Lock()
        self._requests = _limiter(limit.requests_per_minute)
        self._tokens = _limiter(limit.tokens_per_minute)

    @asynccontextmanager
    async def turn(self, tokens: int) -> AsyncIterator[float]:
        """Wait for this call's turn; yields when it came (monotonic seconds).

        `tokens` are those that the call is expected to use, sent and written.
        """
        async with self._turn:
            await self._turn.wait_for(lambda: self._under_way < max(1, int(self.allowed)))
            self._under_way += 1
        try:
            async with self._line:  # else many calls that take in parts all end last
                await _take(self._requests, 1)
                await _take(self._tokens, tokens)
            while (quiet_s := self._quiet_until - time.monotonic()) > 0:
                await asyncio.sleep(quiet_s)
            yield time.monotonic()
        finally:
            async with self._turn:
                self._under_way -= 1
                self._turn.notify_all()

    def too_fast(self, since: float, wait_s: float) -> None:
        """The server refused a call made at `since` for being one too many; nobody calls for
        `wait_s` seconds. Calls made before the last cut say nothing new."""
        now = time.monotonic()
        self._quiet_until = max(self._quiet_until, now + wait_s)
        if since >= self._cut_at:
            self.allowed, self._cut_at = max(1.0, self.allowed / 2), now

    def answered(self) -> None:
        """A call was answered: one more at once after as many answers as are allowed now."""
        self.allowed = min(float(self.most), self.allowed + 1 / self.allowed)


def shortest_s(limit: Limit, requests: int, tokens: int) -> float | None:
    """Seconds that so many requests and tokens take at least; None without a limit a minute.

    >>> shortest_s(Limit(requests_per_minute=60), 66, 0)
    60.0
    """
    pairs = ((limit.requests_per_minute, requests), (limit.tokens_per_minute, tokens))
    times = [
        60 * max(0.0, amount - max(1.0, BURST * a_minute)) / a_minute
        for a_minute, amount in pairs
        if a_minute is not None
    ]
    return max(times, default=None)


def _limiter(a_minute: float | None) -> AsyncLimiter | None:
    if a_minute is None:
        return None
    burst = max(1.0, BURST * a_minute)
    return AsyncLimiter(burst, 60 * burst / a_minute)


async def _take(limiter: AsyncLimiter | None, amount: float) -> None:
    """Wait for an amount; one larger than the limiter ever holds is taken in parts."""
    while limiter is not None and amount > 0:
        part = min(amount, limiter.max_rate)
        await limiter.acquire(part)
        amount -= part
