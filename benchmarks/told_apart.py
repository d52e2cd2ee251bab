"""The two-sample classifier: how well synthetic turns can be told from real ones.

Content-neutral features are the rates of function words and the shape of a turn; nothing of what
is talked about. As many turns of each side, drawn by seed, in five folds that keep a session whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from benchmarks.spoken import Conversation, Said
from evalkit.records import Record
from evalkit.sessions.rng import Rng

SEED, MOST, FOLDS, LEAST = 1, 10_000, 5, 50

FILLERS = "yeah yes yep no nope okay um uh mm-hmm uh-huh hmm oh ah so well like right alright sure"
FUNCTION_WORDS = tuple(
    dict.fromkeys(
        f"""
i me my mine myself you your yours yourself he him his himself she her hers herself it its itself
we us our ours ourselves they them their theirs themselves one ones
someone somebody something anyone anybody anything everyone everybody everything nobody nothing
this that these those who whom whose which what
a an the some any each every either neither all both half much many more most few less least
several enough another other others such same own
of in to for with on at from by about as into after before over under between through during
without within against around near off out up down since until till than behind beside along
across
and or but nor if because cause while although though unless whether when where why how once
am is are was were be been being have has had having do does did done doing
can could will would shall should may might must ought gonna wanna gotta kinda sorta
not n't 'm 're 's 've 'll 'd
there here then too also just only even still already yet again ever never always sometimes often
maybe perhaps really very quite pretty rather almost actually basically probably definitely
kind sort lot bit know mean guess think now
{FILLERS}
""".split()
    )
)
"""Closed classes: pronouns, determiners, prepositions, conjunctions, auxiliaries, negation and
short forms, adverbs of degree and time, hedges, and the particles and fillers of speech ("know",
"mean", "guess" and "think" stand for "you know", "I mean", "I guess", "I think")."""

PLACE = {word: at for at, word in enumerate(FUNCTION_WORDS)}
STARTERS = frozenset(FILLERS.split())
MARKS = {
    "comma": ",",
    "full stop": ".",
    "question mark": "?",
    "exclamation mark": "!",
    "break": " - ",
    "quotation mark": '"',
    "colon": ":",
    "semicolon": ";",
}
SHAPE = (
    "words (log)",
    "sentences",
    "words a sentence",
    "therapist",
    "words of the turn before (log)",
    "has a question",
    "starts with a filler",
    *MARKS,
)
FEATURES = FUNCTION_WORDS + SHAPE
WHOLE = {"won't": ("will", "n't"), "can't": ("can", "n't"), "cannot": ("can", "not")}


class Separating(Record):
    """A feature and how it tells the sides apart.

    `weight` is that of the logistic model on standardized features; above 0 it speaks for
    synthetic. The means are per turn, for words and marks in every 100 words. `auc` is that of
    the feature alone (above 0.5: more of it in synthetic turns).
    """

    feature: str
    weight: float
    synthetic: float
    annomi: float
    auc: float


class Sample(NamedTuple):
    """As many turns of each side, each with the words of the turn before it and its session."""

    turns: list[tuple[Said, int]]
    synthetic: np.ndarray[Any, Any]
    session: np.ndarray[Any, Any]

    @property
    def of(self) -> int:
        """Turns on each side."""
        return len(self.turns) // 2


def sample(
    synthetic: Sequence[Conversation], annomi: Sequence[Conversation], most: int = MOST
) -> Sample | None:
    """`most` turns of each side, or as many as the smaller one has.

    None where a side has fewer than `LEAST` turns or `FOLDS` sessions: too little to learn from.
    """
    sides = [list(_turns(side)) for side in (synthetic, annomi)]
    count = min(most, *map(len, sides))
    if count < LEAST or min(len(synthetic), len(annomi)) < FOLDS:
        return None
    rng = Rng(SEED, "turns")
    chosen = [(*one, side) for side, all_ in enumerate(sides) for one in rng.sample(all_, count)]
    return Sample(
        [(turn, before) for turn, before, _, _ in chosen],
        np.array([side == 0 for *_, side in chosen]),
        np.array([2 * number + side for _, _, number, side in chosen]),
    )


def _turns(corpus: Sequence[Conversation]) -> Iterator[tuple[Said, int, int]]:
    for number, each in enumerate(corpus):
        before = 0
        for turn in each.turns:
            yield turn, before, number
            before = len(turn.words)


def split_short_forms(words: Sequence[str]) -> list[str]:
    """Words with their short forms apart.

    >>> split_short_forms(["i'm", "don't", "know"])
    ['i', "'m", 'do', "n't", 'know']
    """
    found: list[str] = []
    for word in words:
        if word in WHOLE:
            found += WHOLE[word]
        elif word.endswith("n't"):
            found += (word[:-3], "n't")
        elif "'" in word:
            stem, _, rest = word.partition("'")
            found += (stem, f"'{rest}")
        else:
            found.append(word)
    return found


def features(turn: Said, before: int) -> np.ndarray[Any, Any]:
    """The content-neutral features of a turn, in the order of `FEATURES`.

    `before` is the number of words of the turn before it, 0 for the first.
    """
    values = np.zeros(len(FEATURES))
    said = split_short_forms(turn.words)
    for word in said:
        if word in PLACE:
            values[PLACE[word]] += 100 / len(said)
    count, sentences, padded = len(turn.words), len(turn.sentences), f" {turn.text} "
    values[len(FUNCTION_WORDS) :] = [
        np.log1p(count),
        sentences,
        count / sentences,
        turn.therapist,
        np.log1p(before),
        "?" in turn.text,
        turn.words[0] in STARTERS,
        *(100 * padded.count(mark) / count for mark in MARKS.values()),
    ]
    return values


def by_features(drawn: Sample) -> dict[str, float]:
    """AUC on content-neutral features, by model."""
    return {
        "content-neutral, logistic": _auc(_logistic(), _matrix(drawn), drawn),
        "content-neutral, boosted trees": _auc(_trees(), _matrix(drawn), drawn),
    }


def by_part(drawn: Sample) -> dict[str, float]:
    """AUC of boosted trees on function words alone and on the shape of turns alone."""
    x, cut = _matrix(drawn), len(FUNCTION_WORDS)
    return {
        "function words alone": _auc(_trees(), x[:, :cut], drawn),
        "turn shape alone": _auc(_trees(), x[:, cut:], drawn),
    }


def separating(drawn: Sample) -> list[Separating]:
    """The content-neutral features that occur, weightiest first.

    Features that go together share their weight out between them (a turn's words with its
    sentences and the words in each), so read theirs beside their means.
    """
    from sklearn.metrics import roc_auc_score

    x, y = _matrix(drawn), drawn.synthetic
    weights = _logistic().fit(x, y)[-1].coef_[0]
    found = [
        Separating(
            feature=name,
            weight=float(weights[at]),
            synthetic=float(x[y, at].mean()),
            annomi=float(x[~y, at].mean()),
            auc=float(roc_auc_score(y, x[:, at])),
        )
        for at, name in enumerate(FEATURES)
        if x[:, at].any()
    ]
    return sorted(found, key=lambda one: -abs(one.weight))


def _matrix(drawn: Sample) -> np.ndarray[Any, Any]:
    return np.array([features(turn, before) for turn, before in drawn.turns])


def _logistic() -> Any:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=1000))


def _trees() -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier

    return HistGradientBoostingClassifier(random_state=SEED)


def by_text(drawn: Sample) -> float:
    """AUC on the full text: TF-IDF of 1 to 2 words and 2 to 5 characters, logistic model."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline, make_union

    words = TfidfVectorizer(
        ngram_range=(1, 2), token_pattern=r"[\w'-]+|[.,?!]", min_df=2, sublinear_tf=True
    )
    characters = TfidfVectorizer(
        analyzer="char_wb", ngram_range=(2, 5), min_df=3, sublinear_tf=True
    )
    model = make_pipeline(
        make_union(words, characters), LogisticRegression(C=4, solver="liblinear")
    )
    return _auc(model, [turn.text for turn, _ in drawn.turns], drawn)


def _auc(model: Any, x: Any, drawn: Sample) -> float:
    """AUC of predictions for sessions that the model never saw, all folds together."""
    from sklearn.metrics import roc_auc_score
    from sklearn.model_selection import StratifiedGroupKFold, cross_val_predict

    folds = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=SEED)
    p = cross_val_predict(
        model, x, drawn.synthetic, groups=drawn.session, cv=folds, method="predict_proba"
    )
    return float(roc_auc_score(drawn.synthetic, p[:, 1]))
