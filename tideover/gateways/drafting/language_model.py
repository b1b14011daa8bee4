"""Speaks to a language model by pydantic-ai, on a way to one address that ends. Only `drafter` imports this."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any, Final

import httpx2
from anthropic import AsyncAnthropic
from openai import AsyncOpenAI
from pydantic import BaseModel, Field
from pydantic_ai import Agent, UsageLimits
from pydantic_ai.exceptions import AgentRunError, ModelAPIError, ModelHTTPError, UsageLimitExceeded
from pydantic_ai.models.anthropic import AnthropicModel
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.anthropic import AnthropicProvider
from pydantic_ai.providers.openai import OpenAIProvider

from tideover.gateways.answers import Busy, Garbled, LockedOut, NotNow, NotPossible, Unreachable
from tideover.gateways.drafting.drafter import Answered, Endpoint, Provider, Told
from tideover.gateways.words import printable
from tideover.redaction import redact

SECONDS: Final = 60.0  # for the whole of it
MOST_BYTES: Final = 500_000  # of one answer
MOST_TOKENS: Final = 4000  # that may be written
MOST_CALLS: Final = 2  # one, and one more where the answer had not the shape that was asked for
LONGEST: Final = 20_000


class Block(BaseModel):
    """One block of the text."""

    kind: str = Field(max_length=20, description="text, button, amount, facts, invoices, card or divider")
    words: str = Field(default="", max_length=LONGEST, description="of a text or a button; empty of the others")


class Text(BaseModel):
    """The text. A text message has one block, and no subject, preheader or heading."""

    subject: str = Field(default="", max_length=LONGEST)
    preheader: str = Field(default="", max_length=LONGEST)
    heading: str = Field(default="", max_length=LONGEST)
    blocks: list[Block] = Field(max_length=100)


class _Short:
    """A body that ends: of what is longer, nothing is read."""

    def __init__(self, body: Any) -> None:  # noqa: ANN401 - the library's stream
        self._body = body

    async def __aiter__(self) -> AsyncIterator[bytes]:
        left = MOST_BYTES
        async for chunk in self._body:
            left -= len(chunk)
            if left < 0:
                raise httpx2.ReadError("the answer does not end")
            yield chunk

    async def aclose(self) -> None:
        await self._body.aclose()


class _Stream(_Short, httpx2.AsyncByteStream):  # type: ignore[misc] # the library is not there in every installation
    """The same, as the library knows bodies."""


class OneWay(httpx2.AsyncBaseTransport):  # type: ignore[misc] # as above
    """To one host at one address: a name that leads elsewhere a moment later is not asked for again."""

    def __init__(self, host: str, address: str) -> None:
        self._host, self._address = host, address
        self._way = httpx2.AsyncHTTPTransport(retries=0, trust_env=False)

    async def handle_async_request(self, request: Any) -> Any:  # noqa: ANN401 - the library's
        """One call."""
        if request.url.host != self._host:
            raise httpx2.ConnectError("it leads elsewhere")
        request.extensions = {**request.extensions, "sni_hostname": self._host}
        request.url = request.url.copy_with(host=self._address)
        answer = await self._way.handle_async_request(request)
        if answer.headers.get("content-encoding", "identity") != "identity":
            raise httpx2.ReadError("it is packed, which was not asked for")
        answer.stream = _Stream(answer.stream)
        return answer

    async def aclose(self) -> None:
        await self._way.aclose()


def ask(endpoint: Endpoint, told: Told, address: str) -> Answered:
    """The answer. Raises as `drafter.ask` does."""
    try:
        return asyncio.run(_in_time(endpoint, told, address))
    except ModelHTTPError as refused:
        raise _refusal(refused) from None
    except TimeoutError:
        raise Unreachable("it did not answer within a minute") from None
    except ModelAPIError as silent:
        raise Unreachable(f"there is no answer from it: {_in_words(silent)}") from None
    except UsageLimitExceeded:
        raise Garbled("its answer has not the shape that was asked for, twice") from None
    except (AgentRunError, httpx2.HTTPError, ValueError, TypeError, AttributeError) as odd:  # whatever stands there
        raise Garbled(f"its answer cannot be read: {_in_words(odd)}") from None


async def _in_time(endpoint: Endpoint, told: Told, address: str) -> Answered:
    host = httpx2.URL(endpoint.address).host
    way = OneWay(host, address)
    plain = {"accept-encoding": "identity"}
    async with (
        httpx2.AsyncClient(transport=way, follow_redirects=False, trust_env=False, headers=plain) as client,
        asyncio.timeout(SECONDS),
    ):
        return await answered(model_of(endpoint, client), told)


def model_of(endpoint: Endpoint, client: Any) -> Any:  # noqa: ANN401 - the library's
    """As the library calls it. It asks by `client`, and never again by itself."""
    way = {"base_url": endpoint.address, "http_client": client, "max_retries": 0, "timeout": SECONDS}
    if endpoint.provider == Provider.ANTHROPIC:
        anthropic = AsyncAnthropic(api_key=endpoint.secret, **way)
        return AnthropicModel(endpoint.model, provider=AnthropicProvider(anthropic_client=anthropic))
    openai = AsyncOpenAI(api_key=endpoint.secret or "none", **way)
    return OpenAIChatModel(endpoint.model, provider=OpenAIProvider(openai_client=openai))


async def answered(model: Any, told: Told) -> Answered:  # noqa: ANN401 - the library's
    """One run of any model of the library."""
    agent = Agent(model, output_type=Text, instructions=told.instructions, retries=1)
    limits = UsageLimits(request_limit=MOST_CALLS)
    run = await agent.run(told.request, model_settings={"max_tokens": MOST_TOKENS}, usage_limits=limits)
    text = run.output
    return Answered(
        text.subject,
        text.preheader,
        text.heading,
        tuple((block.kind, block.words) for block in text.blocks),
        run.usage.input_tokens or 0,
        run.usage.output_tokens or 0,
    )


def _refusal(refused: Any) -> NotNow | NotPossible:  # noqa: ANN401 - the library's
    """What a code of HTTP says of the key, of us, or of the question."""
    status, said = refused.status_code, _in_words(refused)
    if status in {401, 403}:
        return LockedOut(f"it does not take the key ({status})")
    if status == 429:
        return Busy("it has no room for more at the moment, or the account is used up (429)")
    if status >= 500:
        return Unreachable(f"it has trouble of its own ({status})")
    if status in {301, 302, 303, 307, 308}:
        return NotPossible(f"it sends us to another address ({status}), and nothing is sent there. Enter that one.")
    return NotPossible(f"it does not take the question ({status}): {said}")


def _in_words(odd: Exception) -> str:
    """One line, without a key."""
    lines = str(odd).splitlines() or [type(odd).__name__]
    return redact(printable(lines[0]))[:200]
