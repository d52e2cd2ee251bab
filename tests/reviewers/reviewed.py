"""Drafts of the small session with findings made by hand, for every reviewer."""

from evalkit.claims.carried import carried
from evalkit.claims.split import sentences
from evalkit.records import Claim, Experiment, Finding
from evalkit.reviewers._modelled import Modelled
from tests import small

TRUE = "Client reports waking at 3 a.m. with difficulty returning to sleep."
DENIED = "Client denies suicidal ideation."
FALSE = "Client has a history of epilepsy and takes lamotrigine."
EXPERIMENT = Experiment(name="reviewed", approaches=(small.APPROACH,))


def findings(note, false=(FALSE,), severity="major"):
    """One a sentence: what stands in `false` is unsupported, all else is supported."""
    return tuple(
        Finding(
            session_id="s1",
            approach="hand",
            format=note.format,
            finding_id=f"{section}{start}",
            claim=Claim(section=section, index=index, text=text[start:end], start=start, end=end),
            verdict="unsupported" if text[start:end] in false else "supported",
            p_unsupported=0.9 if text[start:end] in false else 0.02,
            category="condition",
            severity=severity,
        )
        for section, text in note.sections.items()
        for index, (start, end) in enumerate(sentences(text))
    )


def case(note, session=None, approach=small.APPROACH, **said):
    session = session or small.session()
    return small.case(session, note, findings(note, **said), carried(session, note), approach)


def modelled(reviewer, **reviewing):
    fields = {
        name: getattr(EXPERIMENT.reviewing, name).model_copy(update=values)
        for name, values in reviewing.items()
    }
    update = {"reviewing": EXPERIMENT.reviewing.model_copy(update=fields)}
    return Modelled(reviewer, EXPERIMENT.model_copy(update=update))
