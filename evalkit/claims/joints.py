"""Where a sentence is joined: the places at which it is cut into assertions."""

from __future__ import annotations

from typing import NamedTuple

from evalkit.claims.gaps import Gap, Sentence
from evalkit.claims.grammar import grammar
from evalkit.claims.lexicon import Mention, cues
from evalkit.claims.text import Token

DEEP = 3
"""Words of the longest item that may share the preposition before it with the next."""

ITEM = 7
"""Words of the longest item of a list that is cut off without a concept of its own."""

Frame = tuple[tuple[int, int], ...]
"""Stretches of tokens, each from its first up to, not including, its last."""


class Joint(NamedTuple):
    """A cut: what stands between the tokens before `left` and those from `right` on only joins.

    `frame` is what the right side hangs on, `tail` what the left side does ("SI and HI | denied").
    """

    left: int
    right: int
    frame: Frame = ()
    tail: Frame = ()


def joints(text: str, found: list[Token], hits: list[Mention]) -> list[Joint]:
    """The cuts of a sentence, in order."""
    return _Cutter(Sentence(text, found, hits)).cuts()


def _with_tail(made: list[Joint], tail: Frame, clause: int) -> list[Joint]:
    """Gives the tail to each item before: "Sleep, appetite and energy are poor"."""
    return [
        joint._replace(tail=tail) if joint.left > clause and not joint.tail else joint
        for joint in made
    ]


class _Cutter:
    """Goes through a sentence from left to right, deciding at each gap."""

    def __init__(self, sentence: Sentence) -> None:
        self.of = sentence
        self.all = list(sentence.gaps())
        self.start = 0
        """Where the part being read begins."""
        self.clause = 0
        """Where the clause begins whose subject the next verb may share."""
        self.verb_from = 0
        """Where its last verb stands, or words before that."""
        self.head: Frame = ()
        """What that verb has in front, where it shares the subject of another."""
        self.frame: Frame | None = None
        """What the items of the list being read hang on; None outside lists."""

    def cuts(self) -> list[Joint]:
        made: list[Joint] = []
        for number, gap in enumerate(self.all):
            until = self.all[number + 1].left if number + 1 < len(self.all) else len(self.of.words)
            if gap.left <= self.start or not self.of.says(self.start, gap.left):
                continue
            joint = self._joint(gap, until) if self.of.says(gap.right, until) else None
            if joint is None:
                continue
            if joint.tail:
                made = _with_tail(made, joint.tail, self.clause)
            made.append(joint)
            self.start = gap.right
        return made

    def _joint(self, gap: Gap, until: int) -> Joint | None:
        """The cut at a gap; None where what follows is not to be cut off."""
        opened = self.of.words[self.start] in grammar().openers
        after_opening = opened and self.of.words[self.start] not in grammar().breaks
        verb = self._own_subject(gap.right, until)
        if verb is not None and self._listed_subjects(gap):
            return Joint(gap.left, gap.right, tail=((verb, until),))
        if after_opening and not gap.hard:
            return None
        if verb is not None:
            if not gap.hard and self.of.verb(self.start, gap.left) is None:
                return None
            return self._new_clause(gap)
        shared = self._shared_subject(gap)
        if shared is not None:
            self.frame, self.head, self.verb_from = None, shared, gap.right
            return Joint(gap.left, gap.right, shared)
        if not self._is_item(gap, until):
            return None
        if ";" in self.of.between(gap.left) and not self._headed(gap):
            return self._new_clause(gap)
        if self.frame is None:
            self.frame = self._list_frame(gap)
        return Joint(gap.left, gap.right, self._frame_for(gap.right))

    def _new_clause(self, gap: Gap) -> Joint:
        self.clause = self.verb_from = gap.right
        self.head, self.frame = (), None
        return Joint(gap.left, gap.right)

    def _listed_subjects(self, gap: Gap) -> bool:
        """ "Sleep and appetite are poor": what is before and after the gap has the one verb."""
        of = self.of
        return (
            not gap.hard
            and of.verb(self.clause, gap.left) is None
            and gap.left - 1 in of.named
            and gap.right in of.named
        )

    def _headed(self, gap: Gap) -> bool:
        """ "Denies: SI; HI": a list under a heading that what follows has not itself."""
        of = self.of
        return any(":" in of.between(p) for p in range(self.clause + 1, gap.left)) and not any(
            ":" in of.between(p) for p in range(gap.right + 1, len(of.words))
        )

    def _frame_for(self, right: int) -> Frame:
        """The frame of the list, without its "no" where the item has one of its own."""
        if not self.frame:
            return ()
        first, last = self.frame[-1]
        known, words = grammar(), self.of.words
        if words[right] in known.negators:
            while last > first and words[last - 1] in ("no", "not", "any", "without"):
                last -= 1
        return (*self.frame[:-1], (first, last))

    def _own_subject(self, place: int, until: int) -> int | None:
        """The verb of a clause that begins here with a subject of its own."""
        of, known = self.of, grammar()
        at = place
        while at < until and of.words[at] in known.articles:
            at += 1
        subject = at
        opens = at < until and of.words[at] not in known.leading | known.openers | known.joins
        if not opens or of.is_verb(at):
            return None
        while at < until and at - subject < 3:
            word = of.words[at]
            if at > subject and of.is_verb(at):
                return at
            if word in known.prepositions or (at > subject and "," in of.between(at)):
                return None
            at += 1
        while subject < at < until and of.words[at] in known.leading:
            at += 1
        return at if subject < at < until and of.is_verb(at) else None

    def _shared_subject(self, gap: Gap) -> Frame | None:
        """The subject of the clause, where a verb follows that shares it."""
        of, known = self.of, grammar()
        at = gap.right
        while at < len(of.words) - 1 and of.words[at] in known.leading:
            at += 1
        first = of.verb(self.clause, gap.left)
        if of.is_verb(at):
            if first is None:
                return self._before_aside(gap)
            return ((self.clause, self._subject_end(first, gap, at)),)
        if of.words[at] in known.plain and at not in of.named:
            places = range(gap.left - 1, self.clause - 1, -1)
            modal = next((p for p in places if of.words[p] in known.modals), None)
            if modal is not None and modal >= self.verb_from:
                return (*self.head, (self.verb_from, modal + 1))
            if modal is not None and self.head:
                return self.head
            if of.words[self.clause] in known.plain:
                return ()
        return None

    def _before_aside(self, gap: Gap) -> Frame | None:
        """The subject in "Client, a nurse, reports ..."; None where nothing was put aside."""
        asides = (one for one in self.all if self.clause < one.left < gap.left and one.comma)
        aside = next(asides, None)
        return ((self.clause, aside.left),) if aside is not None and gap.comma else None

    def _subject_end(self, first: int, gap: Gap, verb: int) -> int:
        """Up to the mother, not the client, in "Client reports that her mother has X and takes Y".

        Where "or" goes on after a negation, up to that: "has not eaten or slept".
        """
        of, left = self.of, gap.left
        if {"or", "nor"} & set(of.words[left : gap.right]):
            for place in range(first, min(first + 3, left)):
                if of.words[place] in ("not", "never") or of.words[place].endswith("n't"):
                    return place + 1
        reports = of.found[first].stem in cues().frame
        if not reports or of.found[verb].stem in cues().frame:
            return first
        inner = of.verb(first + 1, left)
        if inner is None or not of.names_someone(first + 1, inner):
            return first
        return inner

    def _is_item(self, gap: Gap, until: int) -> bool:
        """Whether the next item of a list follows."""
        of, known = self.of, grammar()
        begin = self._item_from(gap.left)
        if begin > 0 and of.words[begin - 1] == "between":
            return False
        named = any(place in of.named for place in range(gap.right, until))
        left = any(place in of.named for place in range(begin, gap.left))
        if of.words[gap.right] in known.prepositions | known.openers and not gap.hard:
            return False
        if gap.hard or (named and left):
            return True
        series = gap.comma or self.frame is not None
        first = of.verb(self.verb_from, gap.left)
        listing = first is not None and of.found[first].stem in cues().frame
        short = until - gap.right <= ITEM
        return short and (series or (listing and (left or gap.left - begin >= 2)))

    def _item_from(self, left: int) -> int:
        """Where the item that ends here begins: after the last verb, preposition or colon."""
        of, known = self.of, grammar()
        for place in range(left - 1, self.start, -1):
            word = of.words[place - 1]
            if ":" in of.between(place) or word in known.prepositions or word in known.negators:
                return place
            if of.is_verb(place - 1):
                return place
        return self.start

    def _hangs_deep(self, gap: Gap, begin: int) -> bool:
        """ "Conflict with mother and sister": the items hang on the preposition, not the verb."""
        of = self.of
        before = of.words[begin - 1] if begin else ""
        if before not in grammar().prepositions or gap.left - begin > DEEP:
            return False
        return not gap.comma or before in ("including", "of", "about", "to", "as", "like")

    def _list_frame(self, gap: Gap) -> Frame:
        """The words that each item of a list hangs on: subject, verb, and what goes with it."""
        of, known = self.of, grammar()
        for place in range(self.clause + 1, gap.left):
            if ":" in of.between(place):
                return ((self.clause, place),)
        begin = self._item_from(gap.left)
        verb = of.verb(self.verb_from, gap.left)
        if verb is None:
            return (*self.head, (self.verb_from, begin))
        gerunds = (place for place in range(verb, gap.left) if of.words[place] in known.gerunds)
        gerund = next(gerunds, None)
        if gerund is not None and of.words[gap.right] in known.gerunds:
            return (*self.head, (self.verb_from, gerund))
        if self._hangs_deep(gap, begin):
            begin += of.words[begin - 1] == "to" and of.words[begin] in known.plain
            return (*self.head, (self.verb_from, begin))
        end = verb + 1
        more = known.prepositions | known.negators | known.gerunds | known.leading
        while end < gap.left - 1 and end not in of.named:
            if of.words[end] not in more and not of.is_verb(end):
                break
            end += 1
        return (*self.head, (self.verb_from, end))
