"""Which character of an edited text is which of the draft."""

from __future__ import annotations

from dataclasses import dataclass

ADDED = -1


@dataclass(frozen=True)
class Origins:
    """For each character of a text its place in the draft, or ADDED; places only ever grow.

    What is put back where it was taken out (an undo, or a longer passage pasted back) is the
    draft's again, so that a flag on it finds its sentence.
    """

    draft: str
    places: tuple[int, ...]

    @staticmethod
    def of_draft(draft: str) -> Origins:
        return Origins(draft, tuple(range(len(draft))))

    def edited(self, start: int, end: int, text: str, undo: bool) -> Origins:
        """After the characters [start, end) became `text`."""
        low, high = self._gap(start, end)
        put = _put_back(text, self.draft[low:high], low, undo)
        return Origins(self.draft, self.places[:start] + put + self.places[end:])

    def of(self, start: int, end: int) -> tuple[int, int]:
        """The passage of the draft that [start, end) goes back to.

        Where all of it was added, the empty passage at the place where it was.

        >>> Origins.of_draft("Sleeps badly.").edited(0, 0, "Now ", False).of(2, 10)
        (0, 6)
        >>> Origins.of_draft("Sleeps badly.").edited(0, 0, "Now ", False).of(0, 4)
        (0, 0)
        """
        kept = [place for place in self.places[start:end] if place != ADDED]
        if kept:
            return kept[0], kept[-1] + 1
        low, _ = self._gap(start, end)
        return low, low

    def _gap(self, start: int, end: int) -> tuple[int, int]:
        """The part of the draft between what is left of it before `start` and from `end` on."""
        before = next((p for p in reversed(self.places[:start]) if p != ADDED), ADDED)
        behind = next((p for p in self.places[end:] if p != ADDED), len(self.draft))
        return before + 1, behind


def _put_back(text: str, gap: str, low: int, undo: bool) -> tuple[int, ...]:
    """Places of the characters of `text`, written into a gap of the draft that begins at `low`."""
    head = _alike(text, gap)
    tail = _alike(text[head:][::-1], gap[head:][::-1])
    if not (undo or (len(text) > 1 and head + tail == len(text))):
        head = tail = 0
    added = (ADDED,) * (len(text) - head - tail)
    top = low + len(gap)
    return (*range(low, low + head), *added, *range(top - tail, top))


def _alike(one: str, other: str) -> int:
    """How many characters two texts begin with in common."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))
