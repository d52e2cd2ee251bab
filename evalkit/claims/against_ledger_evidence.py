"""What a finding against a ledger quotes: stretches of lines and turns, with their offsets."""

from __future__ import annotations

from collections.abc import Iterator

from evalkit.claims.against_ledger import Judged
from evalkit.claims.against_ledger_lines import Entry
from evalkit.claims.against_ledger_scene import Scene
from evalkit.claims.evidence import WINDOW
from evalkit.claims.likeness import Saying, groups
from evalkit.claims.split import sentences
from evalkit.claims.text import Token, tokens
from evalkit.records import Evidence

QUOTE = 300
"""Characters of a passage that a finding quotes at most."""

LEAST = 0.15
"""Share of a claim that a line must say to be quoted."""

LINES, TURNS = 2, 4
"""Lines and turns that a finding quotes at most."""


def evidence(one: Saying, judged: Judged, scene: Scene) -> Iterator[Evidence]:
    """The lines nearest to a claim, the turns that show them or say most of it.

    Where it says a bait, the turns that invite it; where something was left open, the fact that
    says so.
    """
    if judged.open is not None:
        statement = judged.open.fact.statement
        yield Evidence(source="ledger", quote=statement, start=0, end=len(statement))
    shown: list[int] = list(judged.trap.turns) if judged.trap is not None else []
    near = [match.entry for match in judged.compared.cover if match.here >= LEAST][:LINES]
    for entry in near:
        yield _line(entry, one)
        shown += entry.turns
    if not shown and judged.open is None:
        place = judged.compared.place
        shown = [
            turn
            for turn in range(place, min(place + WINDOW, len(scene.session.turns)))
            if _said(one, scene.spoken.tokens[turn])
        ]
    for turn in list(dict.fromkeys(shown))[:TURNS]:
        text = scene.session.turns[turn].text
        start, end = _stretch(text, _said(one, scene.spoken.tokens[turn]))
        yield Evidence(source="transcript", quote=text[start:end], turn=turn, start=start, end=end)


def _line(entry: Entry, one: Saying) -> Evidence:
    """The wording of an entry that is first known: what its source says."""
    text = entry.wordings[0].parsed.claim.text
    start, end = _stretch(text, _said(one, tokens(text)))
    return Evidence(source=entry.source, quote=text[start:end], start=start, end=end)


def _said(one: Saying, found: list[Token]) -> list[Token]:
    """The words of a text that the claim says, too, in these words or in others."""
    words = {word for word, _ in one.units}
    return [
        token
        for token in found
        if token.stem in words or not groups(token.stem).isdisjoint(one.groups)
    ]


def _stretch(text: str, said: list[Token]) -> tuple[int, int]:
    """From the sentence of the first of some words to that of the last; all of it if there is none.

    No longer than `QUOTE` characters.
    """
    spans = sentences(text) or [(0, len(text))]
    if said:
        spans = [
            (start, end) for start, end in spans if start < said[-1].end and said[0].start < end
        ] or spans
    start, end = spans[0][0], spans[-1][1]
    return start, min(end, start + QUOTE)
