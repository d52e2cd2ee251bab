"""A session small enough to check by hand, and drafts of it."""

from evalkit.records import (
    Approach,
    Case,
    Draft,
    Fact,
    Planted,
    Session,
    SessionSpec,
    Turn,
)

TURNS = (
    ("therapist", "How has your sleep been since we last met?"),
    ("client", "I keep waking up at three and just lie there."),
    ("therapist", "Any thoughts of ending your life?"),
    ("client", "No, nothing like that."),
    ("therapist", "Let's try writing the worry down and looking at the evidence."),
    ("client", "My brother was in the hospital for his drinking, not me."),
)
FACTS = (
    Fact(
        fact_id="f1",
        kind="symptom",
        statement="Client reports waking at 3 a.m. with difficulty returning to sleep.",
        turns=(1,),
    ),
    Fact(
        fact_id="f2",
        kind="risk",
        statement="Client denies suicidal ideation.",
        polarity="negated",
        criticality="critical",
        turns=(2, 3),
    ),
    Fact(
        fact_id="f3",
        kind="intervention",
        statement="Therapist introduced a thought record.",
        criticality="minor",
        turns=(4,),
    ),
)
APPROACH = Approach(name="hand", drafter="recorded")


def session(**changes):
    fields = {
        "spec": SessionSpec(session_id="s1"),
        "turns": tuple(Turn(speaker=speaker, text=text) for speaker, text in TURNS),
        "facts": FACTS,
    }
    return Session(**{**fields, **changes})


def draft(planted=None, format="soap", **sections):
    return Draft(
        session_id="s1",
        approach="hand",
        approach_id=APPROACH.approach_id,
        format=format,
        sections=sections,
        planted=planted,
    )


def case(of, note, findings=(), facts=(), approach=APPROACH):
    return Case(session=of, approach=approach, draft=note, findings=findings, facts=facts)


def planted(text, section="subjective", category="condition"):
    return Planted(
        kind="hallucinated", category=category, severity="major", text=text, section=section
    )
