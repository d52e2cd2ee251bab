"""What is known of a model before it is called: its keys, its host, its price. Nothing is sent."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from evalkit.errors import InputError, did_you_mean
from evalkit.network import is_local
from evalkit.records import Endpoint, Usage

QUIET = (
    *("LiteLLM", "LiteLLM Router", "LiteLLM Proxy"),
    *("openai", "anthropic", "httpx", "httpcore", "aiohttp"),
)
"""Loggers that can print a request or an answer at some level; those below them follow."""


def check_keys(models: Iterable[str | tuple[str, str | None]]) -> None:
    """Make sure that every model can be called at all, before anything is started.

    A model is given by its name, or as (name, api_base) where an approach sets an address.
    Raises InputError naming the first model with an unknown provider or a missing environment
    variable. Ollama and addresses on this machine need no key. Nothing is sent.
    """
    for item in models:
        model, api_base = (item, None) if isinstance(item, str) else item
        lite = litellm()
        try:
            lite.get_llm_provider(model, api_base=api_base)
        except Exception:
            known = [str(getattr(known, "value", known)) for known in lite.provider_list]
            near = did_you_mean("provider", model.partition("/")[0], known)
            raise InputError(
                f"model {model!r}: {near.partition(' (have: ')[0]}",
                field="model",
                fix="write provider/model, such as openai/gpt-4o or ollama/llama3.1",
            ) from None
        if model.startswith(("ollama/", "ollama_chat/")) or is_local_address(api_base):
            continue
        missing = lite.validate_environment(model, api_base=api_base)["missing_keys"]
        if missing:
            raise InputError(
                f"model {model!r} needs the environment variable {', '.join(missing)}",
                field="model",
                fix="set it, or set api_base to a server on this machine",
            )


@cache
def litellm() -> Any:
    """litellm, imported when first needed (seconds) and made silent."""
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    _quieten()
    import litellm as loaded

    loaded.suppress_debug_info = True
    loaded.telemetry = False
    loaded.turn_off_message_logging = True
    _quieten()  # again: its import sets levels of its own
    return loaded


def _quieten() -> None:
    for name in QUIET:
        logger = logging.getLogger(name)
        logger.disabled = True
        logger.propagate = False
        logger.setLevel(logging.CRITICAL + 1)  # inherited by the loggers below it


def is_local_address(api_base: str | None) -> bool:
    """True for an address on this machine."""
    return bool(api_base) and is_local(urlsplit(api_base or "").hostname or "elsewhere")


HOSTS = {
    "openai": ("api.openai.com",),
    "anthropic": ("api.anthropic.com",),
    "gemini": ("generativelanguage.googleapis.com",),
    "vertex_ai": ("*.googleapis.com",),
    "azure": ("*.openai.azure.com",),
    "azure_ai": ("*.services.ai.azure.com", "*.models.ai.azure.com"),
    "bedrock": ("*.amazonaws.com",),
    "cohere": ("api.cohere.com", "api.cohere.ai"),
    "cohere_chat": ("api.cohere.com", "api.cohere.ai"),
    "openrouter": ("openrouter.ai",),
    "huggingface": ("router.huggingface.co", "huggingface.co"),
    "replicate": ("api.replicate.com",),
    "ollama": ("localhost",),
    "ollama_chat": ("localhost",),
}
"""Where providers answer, of those that litellm does not know an address for."""

MOVES = ("_API_BASE", "_BASE_URL", "_API_URL", "_ENDPOINT", "_HOST")
"""Endings of environment variables that send a provider's calls to another address."""


def hosts_of(model: str, api_base: str | None) -> tuple[str, ...]:
    """The hosts that calls of a model go to; empty where they are not known.

    An address out of the environment does not count: it is no part of the experiment.
    """
    if api_base:
        return (urlsplit(api_base).hostname or api_base,)
    try:
        _, provider, _, known = litellm().get_llm_provider(model)
    except Exception:
        return ()
    host = urlsplit(known or "").hostname
    return (host,) if host and host not in _moved_to() else HOSTS.get(provider, ())


def _moved_to() -> set[str | None]:
    values = (value for name, value in os.environ.items() if name.endswith(MOVES))
    return {urlsplit(value if "//" in value else f"//{value}").hostname for value in values}


def cost_of(model: str, usage: Usage, endpoint: Endpoint, api_base: str | None) -> float | None:
    """Dollars for so many tokens, from the endpoint's prices or else from litellm's own map.

    The map holds the providers' list prices, so it says nothing of a server of one's own: None.
    """
    if model in endpoint.prices:
        sent, written = endpoint.prices[model]
        return (usage.prompt_tokens * sent + usage.completion_tokens * written) / 1e6
    if api_base is not None:
        return None
    try:
        sent, written = litellm().cost_per_token(
            model=model,
            prompt_tokens=usage.prompt_tokens,
            completion_tokens=usage.completion_tokens,
        )
    except Exception:
        return None
    return float(sent + written)
