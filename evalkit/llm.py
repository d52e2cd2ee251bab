"""The only door to litellm: concurrency, retries, time-outs, cost, and responses kept for reuse.

What a provider says in an error can echo the prompt, and a prompt holds a transcript. So nothing
of it leaves this module: a `ModelFailure` tells the kind, the status code and the attempts.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import logging
import os
import time
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import ValidationError

from evalkit.attempts import FailedAttempt, Kind, classified, may_pass
from evalkit.errors import EvalkitError, InputError, did_you_mean
from evalkit.records import Endpoint, Record, Usage, digest
from evalkit.responses import ResponseStore

QUIET = (
    *("LiteLLM", "LiteLLM Router", "LiteLLM Proxy"),
    *("openai", "anthropic", "httpx", "httpcore", "aiohttp"),
)
"""Loggers that can print a request or an answer at some level; those below them follow."""


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

    At most `endpoint.concurrency` calls are under way. One that waits to be tried again keeps
    its place, so that a server that limits the rate is not pressed from elsewhere. A client
    serves one event loop at a time; close it, or use it as `async with`.
    """

    def __init__(self, endpoint: Endpoint, responses: Path | None = None) -> None:
        self.endpoint = endpoint
        self.calls = 0
        self.reused = 0
        self._store = ResponseStore(responses) if responses is not None else None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._slots = asyncio.Semaphore(endpoint.concurrency)
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
        async with self._slots:
            try:
                completion: Completion = await retrying(self._attempt, call)
                self.calls += 1
                return completion
            except FailedAttempt as attempt:
                failure = ModelFailure(
                    attempt.kind,
                    model=call.model,
                    status=attempt.status,
                    attempts=retrying.statistics["attempt_number"],
                )
        raise failure

    def _settle_in(self) -> None:
        """Locks belong to one event loop: take new ones when the loop is another."""
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            self._loop, self._underway = loop, {}
            self._slots = asyncio.Semaphore(self.endpoint.concurrency)

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
        start = time.perf_counter()
        try:
            # litellm's time-out is one for each read; this one is for the whole answer.
            async with asyncio.timeout(self.endpoint.timeout_s):
                response = await litellm.acompletion(**self._arguments(call))
            return self._completion(call, response, time.perf_counter() - start)
        except FailedAttempt as attempt:
            failed = attempt
        except Exception as error:
            failed = classified(error)
        # Raised outside the handler, so that the provider's words are not its context.
        raise failed

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
        if not _is_loopback(call.api_base):
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
            cost_usd=self._cost_usd(call, usage, response),
            finish_reason=finish,
            model=call.model,
            version=getattr(response, "model", None) or None,
        )

    def _cost_usd(self, call: Call, usage: Usage | None, response: Any) -> float | None:
        """Dollars, from the endpoint's prices or else from litellm's own map.

        The map holds the providers' list prices, so it says nothing of a server of one's own.
        """
        if usage is None:
            return None
        if call.model in self.endpoint.prices:
            sent, written = self.endpoint.prices[call.model]
            return (usage.prompt_tokens * sent + usage.completion_tokens * written) / 1e6
        if call.api_base is not None:
            return None
        try:
            return float(_litellm().completion_cost(response, model=call.model))
        except Exception:
            return None


def well_formed(text: str) -> str:
    """Text that can be written as UTF-8: half a surrogate pair, which JSON allows, becomes "?".

    >>> well_formed("worry" + chr(0xD83D))
    'worry?'
    """
    return text.encode("utf-8", "replace").decode("utf-8")


def check_keys(models: Iterable[str | tuple[str, str | None]]) -> None:
    """Make sure that every model can be called at all, before anything is started.

    A model is given by its name, or as (name, api_base) where an approach sets an address.
    Raises InputError naming the first model with an unknown provider or a missing environment
    variable. Ollama and addresses on this machine need no key. Nothing is sent.
    """
    for item in models:
        model, api_base = (item, None) if isinstance(item, str) else item
        litellm = _litellm()
        try:
            litellm.get_llm_provider(model, api_base=api_base)
        except Exception:
            known = [str(getattr(known, "value", known)) for known in litellm.provider_list]
            near = did_you_mean("provider", model.partition("/")[0], known)
            raise InputError(
                f"model {model!r}: {near.partition(' (have: ')[0]}",
                field="model",
                fix="write provider/model, such as openai/gpt-4o or ollama/llama3.1",
            ) from None
        if model.startswith(("ollama/", "ollama_chat/")) or _is_loopback(api_base):
            continue
        missing = litellm.validate_environment(model, api_base=api_base)["missing_keys"]
        if missing:
            raise InputError(
                f"model {model!r} needs the environment variable {', '.join(missing)}",
                field="model",
                fix="set it, or set api_base to a server on this machine",
            )


@cache
def _litellm() -> Any:
    """litellm, imported when first needed (seconds) and made silent."""
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    _quieten()
    import litellm

    litellm.suppress_debug_info = True
    litellm.telemetry = False
    litellm.turn_off_message_logging = True
    _quieten()  # again: its import sets levels of its own
    return litellm


def _quieten() -> None:
    for name in QUIET:
        logger = logging.getLogger(name)
        logger.disabled = True
        logger.propagate = False
        logger.setLevel(logging.CRITICAL + 1)  # inherited by the loggers below it


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


def _is_loopback(api_base: str | None) -> bool:
    host = urlsplit(api_base or "").hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
