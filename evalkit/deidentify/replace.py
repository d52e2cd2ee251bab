"""Put surrogates in the place of what identifies a person."""

from __future__ import annotations

import re

from evalkit.deidentify.check import OLDEST
from evalkit.deidentify.find import IDS, anchor, spans
from evalkit.deidentify.identifiers import Identifier
from evalkit.deidentify.surrogates import Surrogates
from evalkit.deidentify.texts import rewritten, texts
from evalkit.records import Session
from evalkit.sessions.rng import Rng


class Deidentifier:
    """Replaces what it finds, the same way all through a client's sessions.

    Whoever knows the seed can undo the date shift and guess at the names: keep it as secret as
    the original. Sessions without a client_id count as one client each.
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._clients: dict[str, Surrogates] = {}

    def deidentify(self, session: Session) -> Session:
        """The session with surrogates; turns keep their places, so evidence still points right.

        Ages above 89 become 90, and an id in which something was found becomes a code.
        """
        return self.replaced(session)[0]

    def replaced(self, session: Session) -> tuple[Session, tuple[Identifier, ...]]:
        """The session with surrogates, and what was replaced."""
        given = self._of(session)
        said = dict(texts(session))
        day = anchor(said)
        found = list(spans(session))
        given.avoid(
            {
                text[span.start : span.end].lower()
                for _, text, here in found
                for span in here
                if span.kind == "name"
            }
        )
        new: dict[str, str] = {}
        for place, text, here in found:
            parts, start = [], 0
            for span in here:
                parts += [text[start : span.start], given.of(text, span, day)]
                start = span.end
            new[place] = "".join([*parts, text[start:]])
        clean = rewritten(session, lambda place, text: new.get(place, text))
        listed = [
            Identifier(kind=span.kind, place=place, start=span.start, end=span.end)
            for place, _, here in found
            for span in here
        ]
        if session.client is not None and (session.client.age or 0) > OLDEST:
            listed.append(Identifier(kind="date", place="client.age", start=0, end=0))
        return self._ids_and_age(clean, set(new)), tuple(listed)

    def surrogates(self, session: Session) -> frozenset[str]:
        """The surrogates given so far to the client of a session, before or after replacing."""
        return frozenset(self._of(session).used)

    def _of(self, session: Session) -> Surrogates:
        client = session.spec.client_id or session.session_id
        if client not in self._clients:
            self._clients[client] = Surrogates(self._seed, client)
        return self._clients[client]

    def _ids_and_age(self, session: Session, changed: set[str]) -> Session:
        given = self._of(session)
        spec = session.spec
        codes = {
            name: _code(self._seed, getattr(spec, name))
            for name in IDS
            if f"spec.{name}" in changed
        }
        update: dict[str, object] = {}
        if codes:
            update["spec"] = spec.model_copy(update=codes)
        if session.client is not None and (session.client.age or 0) > OLDEST:
            update["client"] = session.client.model_copy(update={"age": OLDEST})
        clean = session.model_copy(update=update)
        self._clients[clean.spec.client_id or clean.session_id] = given
        return clean


def deidentify(session: Session, seed: int) -> Session:
    """One session with surrogates; for several of a client, keep a `Deidentifier`."""
    return Deidentifier(seed).deidentify(session)


def _code(seed: int, name: str) -> str:
    rng = Rng(seed, "id", name)
    return re.sub(r"^", "s-", "".join(rng.pick("bcdfghjkmnpqrstvwxz") for _ in range(12)))
