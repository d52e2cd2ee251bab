"""The only door to litellm: concurrency, retries, time-outs, cost, and responses kept for reuse.

What a provider says in an error can echo the prompt, and a prompt holds a transcript. So nothing
of it leaves this module: a `ModelFailure` tells the kind, the status code and the attempts.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import ValidationError

from evalkit.attempts import MAYBE_PAID, FailedAttempt, Kind, classified, may_pass
from evalkit.budget import Budget
from evalkit.errors import EvalkitError
from evalkit.models import cost_of, is_local_address
from evalkit.models import litellm as _litellm
from evalkit.pacing import Pace
from evalkit.records import Endpoint, Limit, Record, Usage, digest
from evalkit.responses import ResponseStore

ANSWER_TOKENS = 800
"""A note of 400 words as JSON, with room to spare (our assumption)."""


class Message(Record):
    """One message of a conversation with a model."""

    role: Literal["system", "user", "assistant"]
    content: str


class Call(Record):
    """All that decides what a model is asked, and which of its replicates this is.

    With `answer_schema`, a JSON schema, the answer is asked for in that form where the provider
    knows how; it can still be anything.
    """

    model: str
    messages: tuple[Message, ...]
    temperature: float | None = None
    max_tokens: int | None = None
    seed: int | None = None
    json_mode: bool = False
    answer_schema: dict[str, Any] | None = None
    api_base: str | None = None
    replicate: int = 0

    @property
    def key(self) -> str:
        """The same for the same call on any machine; 32 hex digits."""
        unset = {"answer_schema"} if self.answer_schema is None else set[str]()
        return digest(self.model_dump(mode="json", exclude=unset), length=32)

    @property
    def expected(self) -> Usage:
        """Tokens that the call may use: four characters each sent, and all that it may write.

        Where `max_tokens` is not set an answer counts as `ANSWER_TOKENS`.
        """
        characters = sum(len(message.content) for message in self.messages)
        return Usage(
            prompt_tokens=characters // 4 + 4 * len(self.messages),
            completion_tokens=self.max_tokens or ANSWER_TOKENS,
        )


class Completion(Record):
    """A model's answer.

    `latency_s` is that of the attempt that succeeded, waits excluded. `usage` and `cost_usd` are
    None where they are not known, which is not the same as zero. `model` is the one called,
    `version` the one that the endpoint says it answered with.
    """

    text: str
    usage: Usage | None
    latency_s: float
    cost_usd: float | None
    finish_reason: str | None
    model: str
    version: str | None = None


class ModelFailure(EvalkitError):
    """A call without a usable answer. The message never holds what the provider said."""

    def __init__(self, kind: Kind, *, model: str, status: int | None, attempts: int) -> None:
        self.kind, self.model, self.status, self.attempts = kind, model, status, attempts
        code = f" (status {status})" if status is not None else ""
        tries = f"{attempts} attempt{'s' if attempts != 1 else ''}"
        super().__init__(f"{model}: {kind}{code} after {tries}")


class Client:
    """Calls models within an endpoint's limits.

    With `responses`, the path of a sqlite file, every answer is kept there as it arrived and a
    call that has one is not made again; failures are not kept, so the next run tries them anew.
    `calls` counts the completions a model gave, `reused` those that came from the file.

    At most `endpoint.concurrency` calls are under way; one that waits to be tried again keeps its
    place. Each model has a pace of its own within `endpoint.limits`, slower when its server says
    that it is called too often. Once `endpoint.budget_usd` is spent no call is made any more:
    each is a ModelFailure "over budget". A client serves one event loop at a time; close it, or
    use it as `async with`.
    """

    def __init__(self, endpoint: Endpoint, responses: Path | None = None) -> None:
        self.endpoint = endpoint
        self.calls = 0
        self.reused = 0
        self.budget = Budget(endpoint.budget_usd)
        self._store = ResponseStore(responses) if responses is not None else None
        self._paces: dict[str, Pace] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._slots = asyncio.Semaphore(endpoint.concurrency)
        self._settled = asyncio.Event()
        self._underway: dict[str, asyncio.Lock] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close connections and the file of responses."""
        if self.calls:
            litellm = _litellm()
            with contextlib.suppress(Exception):
                await litellm.close_litellm_async_clients()
            litellm.in_memory_llm_clients_cache.flush_cache()
        if self._store is not None:
            self._store.close()

    async def complete(self, call: Call) -> Completion:
        """The answer to a call; ModelFailure when there is none after the attempts allowed.

        An answer cut off at `max_tokens` is an answer: its `finish_reason` is "length".
        """
        self._settle_in()
        if self._store is None:
            return await self._ask(call)
        key = call.key
        async with self._underway.setdefault(key, asyncio.Lock()):
            if (stored := self._store.get(key)) is not None:
                with contextlib.suppress(ValidationError):
                    completion = Completion.model_validate_json(stored)
                    self.reused += 1
                    self.budget.kept(completion.cost_usd)
                    return completion
            completion = await self._ask(call)
            self._store.put(key, completion.model_dump_json().encode())
            return completion

    async def _ask(self, call: Call) -> Completion:
        import tenacity

        retrying = tenacity.AsyncRetrying(
            retry=tenacity.retry_if_exception(may_pass),
            stop=tenacity.stop_after_attempt(self.endpoint.attempts),
            wait=self._wait_s,
            reraise=True,
        )
        await asyncio.sleep(0)  # first let all calls begun with this one count what is kept
        async with self._slots:
            expected = self._expected_cost(call)
            await self._promised(call, expected)
            cost: float | None = 0.0
            try:
                completion: Completion = await retrying(self._attempt, call)
                cost = completion.cost_usd
                self.calls += 1
                return completion
            except FailedAttempt as attempt:
                cost = None if attempt.kind in MAYBE_PAID else 0.0
                failure = ModelFailure(
                    attempt.kind,
                    model=call.model,
                    status=attempt.status,
                    attempts=retrying.statistics["attempt_number"],
                )
            finally:
                self.budget.settle(expected, cost)
                self._settled.set()
        raise failure

    async def _promised(self, call: Call, expected: float) -> None:
        """Wait until the budget promises the call its share; ModelFailure if it never will."""
        while not self.budget.promise(expected):
            if not self.budget.promised:
                raise ModelFailure("over budget", model=call.model, status=None, attempts=0)
            self._settled.clear()
            await self._settled.wait()

    def _expected_cost(self, call: Call) -> float:
        """Dollars that a call is promised from the budget; 0 without one."""
        if self.budget.limit is None:
            return 0.0
        return cost_of(call.model, call.expected, self.endpoint, call.api_base) or 0.0

    def _settle_in(self) -> None:
        """Locks belong to one event loop: take new ones when the loop is another."""
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            self._loop, self._underway, self._paces = loop, {}, {}
            self._slots = asyncio.Semaphore(self.endpoint.concurrency)
            self._settled = asyncio.Event()

    def _wait_s(self, state: Any) -> float:
        """What the server asked for, else 0.5 s doubled each time with jitter; both are capped."""
        import tenacity

        error = state.outcome.exception()
        if isinstance(error, FailedAttempt) and error.wait_s is not None:
            return min(error.wait_s, self.endpoint.max_wait_s)
        jittered = tenacity.wait_exponential_jitter(initial=0.5, max=self.endpoint.max_wait_s)
        return jittered(state)

    async def _attempt(self, call: Call) -> Completion:
        litellm = _litellm()
        pace = self._pace(call.model)
        tokens = call.expected.prompt_tokens + call.expected.completion_tokens
        async with pace.turn(tokens) as since:
            start = time.perf_counter()
            try:
                # litellm's time-out is one for each read; this one is for the whole answer.
                async with asyncio.timeout(self.endpoint.timeout_s):
                    response = await litellm.acompletion(**self._arguments(call))
                completion = self._completion(call, response, time.perf_counter() - start)
                pace.answered()
                return completion
            except FailedAttempt as attempt:
                failed = attempt
            except Exception as error:
                failed = classified(error)
            if failed.kind == "rate limited":
                pace.too_fast(since, min(failed.wait_s or 0.0, self.endpoint.max_wait_s))
        # Raised outside the handler, so that the provider's words are not its context.
        raise failed

    def _pace(self, model: str) -> Pace:
        if model not in self._paces:
            limit = self.endpoint.limits.get(model, Limit())
            self._paces[model] = Pace(limit, self.endpoint.concurrency)
        return self._paces[model]

    def _arguments(self, call: Call) -> dict[str, Any]:
        arguments: dict[str, Any] = {
            "model": call.model,
            "messages": [message.model_dump() for message in call.messages],
            "temperature": call.temperature,
            "max_tokens": call.max_tokens,
            "seed": call.seed,
            "response_format": _response_format(call),
            "api_base": call.api_base,
            "api_key": self._stand_in_key(call),
            "timeout": self.endpoint.timeout_s,
        }
        given = {name: value for name, value in arguments.items() if value is not None}
        return {**given, "max_retries": 0, "num_retries": 0, "drop_params": True}

    def _stand_in_key(self, call: Call) -> str | None:
        """A server on this machine is called without a key unless one is set for its provider."""
        if not is_local_address(call.api_base):
            return None
        return "unused" if _litellm().validate_environment(call.model)["missing_keys"] else None

    def _completion(self, call: Call, response: Any, latency_s: float) -> Completion:
        choices = getattr(response, "choices", None)
        if not choices:
            raise FailedAttempt("empty", 200)
        text = well_formed(choices[0].message.content or "")
        finish = choices[0].finish_reason
        if finish == "content_filter":
            raise FailedAttempt("refused", 200)
        if not text.strip():
            raise FailedAttempt("truncated" if finish == "length" else "empty", 200)
        usage = _usage(response)
        return Completion(
            text=text,
            usage=usage,
            latency_s=latency_s,
            cost_usd=None
            if usage is None
            else cost_of(call.model, usage, self.endpoint, call.api_base),
            finish_reason=finish,
            model=call.model,
            version=getattr(response, "model", None) or None,
        )


def well_formed(text: str) -> str:
    """Text that can be written as UTF-8: half a surrogate pair, which JSON allows, becomes "?".

    >>> well_formed("worry" + chr(0xD83D))
    'worry?'
    """
    return text.encode("utf-8", "replace").decode("utf-8")


def _response_format(call: Call) -> dict[str, Any] | None:
    if call.answer_schema is not None:
        form = {"name": "answer", "strict": True, "schema": call.answer_schema}
        return {"type": "json_schema", "json_schema": form}
    return {"type": "json_object"} if call.json_mode else None


def _usage(response: Any) -> Usage | None:
    """Tokens as reported; None if the provider reported none."""
    reported = getattr(response, "usage", None)
    prompt = getattr(reported, "prompt_tokens", 0) or 0
    completion = getattr(reported, "completion_tokens", 0) or 0
    if not prompt and not completion:
        return None
    return Usage(prompt_tokens=prompt, completion_tokens=completion)
