"""The pace of calls: limits a minute, and what a server that refuses too many does to it."""

from __future__ import annotations

import asyncio
import time

import pytest

from evalkit.pacing import BURST, Pace
from evalkit.records import Limit


class QuickLoop(asyncio.SelectorEventLoop):
    """An event loop whose clock jumps to the next thing to do: minutes pass in no time."""

    def __init__(self) -> None:
        super().__init__()
        self.ahead = 0.0

    def time(self) -> float:
        return super().time() + getattr(self, "ahead", 0.0)

    def _run_once(self) -> None:
        if not self._ready and self._scheduled:
            self.ahead += max(0.0, self._scheduled[0].when() - self.time())
        super()._run_once()


def starts(limit: Limit, calls: int, tokens: int) -> list[float]:
    """When each of so many calls, all wanted at once, had its turn (seconds from the first)."""

    async def all_of_them() -> list[float]:
        pace, loop = Pace(limit, 1000), asyncio.get_running_loop()

        async def one() -> float:
            async with pace.turn(tokens):
                return loop.time()

        return sorted(await asyncio.gather(*(one() for _ in range(calls))))

    with asyncio.Runner(loop_factory=QuickLoop) as runner:
        found = runner.run(all_of_them())
    return [one - found[0] for one in found]


def most_within_a_minute(times: list[float]) -> int:
    return max(sum(start <= one < start + 60 for one in times) for start in times)


def test_no_minute_sees_more_requests_than_its_limit_and_the_burst() -> None:
    times = starts(Limit(requests_per_minute=100), 350, 10)
    assert 90 <= most_within_a_minute(times) <= 100 * (1 + BURST) + 1
    assert 60 * (350 - 100 * BURST - 2) / 100 <= times[-1] < 60 * 350 / 100


def test_no_minute_sees_more_tokens_than_its_limit_and_the_burst() -> None:
    times = starts(Limit(tokens_per_minute=60_000), 150, 1000)
    assert 50 <= most_within_a_minute(times) <= 60 * (1 + BURST) + 1


def test_a_call_larger_than_the_burst_waits_for_its_tokens_and_goes() -> None:
    times = starts(Limit(tokens_per_minute=1000), 3, 1000)
    assert times[-1] == pytest.approx(120, abs=12)


def test_without_limits_nothing_waits() -> None:
    assert starts(Limit(), 50, 10**6)[-1] < 1


def test_a_limit_of_a_model_is_never_above_that_of_the_endpoint() -> None:
    assert Pace(Limit(concurrency=50), 8).most == 8
    assert Pace(Limit(concurrency=2), 8).most == 2


def test_a_refusal_halves_and_those_made_before_it_do_not_halve_again() -> None:
    pace = Pace(Limit(), 16)
    before = time.monotonic()
    pace.too_fast(before, 0)
    pace.too_fast(before, 0)
    assert pace.allowed == 8
    pace.too_fast(time.monotonic(), 0)
    assert pace.allowed == 4
    for _ in range(20):
        pace.too_fast(time.monotonic(), 0)
    assert pace.allowed == 1


def test_answers_bring_the_pace_back_and_no_further() -> None:
    pace = Pace(Limit(), 8)
    pace.too_fast(time.monotonic(), 0)
    for _ in range(4):
        pace.answered()
    assert 4.5 < pace.allowed < 5.5
    for _ in range(100):
        pace.answered()
    assert pace.allowed == 8


def test_nobody_calls_while_the_server_asked_for_quiet() -> None:
    async def after_quiet() -> float:
        pace = Pace(Limit(), 8)
        start = time.monotonic()
        pace.too_fast(start, 0.3)
        pace.too_fast(start, 0.1)  # a shorter wait does not end a longer one
        async with pace.turn(1) as since:
            return since - start

    assert 0.3 <= asyncio.run(after_quiet()) < 1.5


def test_a_turn_that_fails_or_is_given_up_frees_its_place() -> None:
    async def three() -> bool:
        pace = Pace(Limit(concurrency=1), 8)
        with pytest.raises(RuntimeError):
            async with pace.turn(1):
                raise RuntimeError
        async with pace.turn(1):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.05), pace.turn(1):
                    pass
        async with asyncio.timeout(1), pace.turn(1):
            return True

    assert asyncio.run(three())
