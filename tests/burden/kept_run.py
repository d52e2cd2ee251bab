"""A run's folder with two approaches whose minutes and errors are set by hand."""

import json

import pandas as pd

from evalkit.records import Approach, Draft, Experiment, Planted, Reviewing

SESSIONS = 12
GROUPS = 4
LIE = Planted(
    kind="hallucinated",
    category="risk",
    severity="major",
    text="Client plans to harm himself.",
    section="subjective",
)


def experiment(**fields):
    return Experiment(
        name="kept",
        approaches=(
            Approach(name="quick", drafter="extractive"),
            Approach(name="slow", drafter="nearest_note"),
            Approach(name="lying", drafter="fabricating", control=True),
        ),
        **fields,
    )


def setting(number):
    return "group" if number < GROUPS else "individual"


def review(number, approach):
    """One row: 4 minutes for `quick`, 15 for `slow`, longer in later sessions; 2 errors a note."""
    factor = {"quick": 1.0, "slow": 3.75, "lying": 1.0}[approach] * (0.9 + 0.2 * number / 11)
    errors = 1.0 if approach == "lying" else 2.0
    parts = {"read": 1.5, "verify": 1.0, "edit": 1.0, "transfer": 0.4, "sign": 0.1}
    return {
        **{part: minutes * factor for part, minutes in parts.items()},
        "low": 4 * factor / 2.6,
        "high": 4 * factor * 2.6,
        "fabrications": errors,
        "fabrications_major": 1.0,
        "caught": 0.5 * errors,
        "surviving": 0.5 * errors,
        "surviving_major": 0.25,
        "slips": 0.012,
    }


def write(folder, *, old=False, failed=(), stopped=0.0, slips=True):
    """`failed` are (session number, approach) pairs; an `old` run has minutes alone."""
    folder.mkdir(parents=True, exist_ok=True)
    reviewing = Reviewing.model_validate({"vigilance": {"stopped": stopped}})
    made = experiment(reviewing=reviewing)
    (folder / "experiment.json").write_text(made.model_dump_json())
    rows = [{"spec": {"session_id": f"s{n}", "setting": setting(n)}} for n in range(SESSIONS)]
    (folder / "sessions.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    drafts, reviews = [], []
    for approach in made.approaches:
        for number in range(SESSIONS):
            key = {"session_id": f"s{number}", "approach": approach.name, "format": "soap"}
            failure = "timeout" if (number, approach.name) in failed else None
            drafts.append(
                Draft(
                    **key,
                    approach_id=approach.approach_id,
                    sections={} if failure else {"subjective": LIE.text},
                    cost_usd=0.02 if approach.name == "quick" else None,
                    failure=failure,
                    planted=(LIE,) if approach.control else None,
                )
            )
            if failure is None:
                key["replicate"] = 0
                reviews.append(key | review(number, approach.name))
    with (folder / "drafts.jsonl").open("w") as file:
        file.writelines(draft.model_dump_json() + "\n" for draft in drafts)
    table = pd.DataFrame(reviews)
    if not slips:
        table["slips"] = None
    if old:
        table = table.drop(columns=["surviving", "surviving_major", "slips", "low", "high"])
    table.to_parquet(folder / "reviews.parquet", index=False)
    return folder
