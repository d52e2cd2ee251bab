"""What a notebook shows of sessions: true to the ledger, safe against markup, plain to read."""

import itertools
import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser

import pandas as pd
import pytest

from evalkit.errors import InputError
from evalkit.records import Chart, Client, Fact, Session, SessionSpec, Trap, Turn
from evalkit.reports.session_figures import episode, realism
from evalkit.reports.session_tables import (
    heard_table,
    last_note_table,
    met,
    readable,
    realism_table,
    trap_table,
)
from evalkit.reports.sessions import (
    band,
    episode_table,
    inputs_page,
    reviewed,
    session_page,
)
from evalkit.sessions.generate import generate
from evalkit.sessions.recipe import Recipe

EVIL = '<script>alert("x")</script><img src=x onerror=alert(1)> & "quoted"'


@pytest.fixture(scope="module")
def visits():
    return list(generate(4, seed=3, recipe=Recipe(visits=4, settings=("individual", "intake"))))


def homework(statement, polarity="affirmed", temporality="past", fact_id="f01"):
    return Fact(
        fact_id=fact_id,
        kind="homework",
        statement=statement,
        polarity=polarity,
        temporality=temporality,
    )


def visit(number, measures="", facts=(), chart=None, client_id="c1"):
    return Session(
        spec=SessionSpec(session_id=f"s{number}", client_id=client_id, visit=number),
        turns=(Turn(speaker="therapist", text="Hello."), Turn(speaker="client", text="Hi.")),
        form={"date": f"2025-01-0{number}", "measures": measures},
        chart=chart,
        facts=facts,
    )


def evil_session():
    return Session(
        spec=SessionSpec(session_id=EVIL, modality=EVIL, problem=EVIL),
        turns=(Turn(speaker="therapist", text=EVIL), Turn(speaker=EVIL, text=EVIL, start_s=75)),
        client=Client(name=EVIL),
        jottings=EVIL,
        form={EVIL: EVIL},
        facts=(
            Fact(fact_id=EVIL, kind="risk", statement=EVIL, subject=EVIL, turns=(0, 1)),
            Fact(fact_id="f2", kind="risk", statement=EVIL, discussed=False),
        ),
        traps=(
            Trap(kind=EVIL, bait=EVIL, truth=EVIL, category="risk", fact_kind="risk", turns=(1,)),
        ),
    )


class Tags(HTMLParser):
    """Collects elements, ids and links, and counts how deep the markup is left open."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.ids, self.links, self.open = [], [], [], []
        self.names = set()
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.open.append(tag)
        self.names |= {name for name, _ in attrs}
        self.ids += [value for name, value in attrs if name == "id"]
        self.links += [value for name, value in attrs if name in ("href", "src")]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


# --- episodes ---------------------------------------------------------------------------------


def test_an_episode_has_a_row_a_visit_in_order_whatever_order_it_came_in(visits):
    table = episode_table(reversed(visits))
    assert list(table["visit"]) == [1, 2, 3, 4]
    assert list(table["date"]) == [session.form["date"] for session in visits]
    assert table.equals(episode_table(visits))


def test_scores_are_those_of_the_forms_with_their_band(visits):
    table = episode_table(visits)
    assert (table["score_from"] == "session").any()
    for row in table.to_dict("records"):
        form = visits[row["visit"] - 1].form.get("measures", "")
        if row["score_from"] == "session":
            assert f"{row['measure']} {row['score']}" in form
            assert row["band"] == band(row["measure"], row["score"])


def test_a_score_not_given_in_the_visit_is_taken_from_a_later_chart_and_says_so():
    chart = Chart(measures=("2025-01-01 PHQ-9 16", "2025-01-02 PHQ-9 0"))
    table = episode_table([visit(1, "PHQ-9 16"), visit(2), visit(3, "PHQ-9 7", chart=chart)])
    assert list(table["score"]) == [16, 0, 7]
    assert list(table["score_from"]) == ["session", "chart", "session"]
    assert list(table["band"]) == ["moderately severe", "minimal", "mild"]


def test_a_score_nobody_knows_is_missing_and_not_zero():
    table = episode_table([visit(1, "GAD-7 11"), visit(2)])
    assert pd.isna(table["score"][1])
    assert table["score_from"][1] == table["band"][1] == ""


def test_ratings_in_the_session_are_no_scores_of_the_questionnaire():
    table = episode_table([visit(1, "SUD 8 to 4; PCL-5 46; VOC 2"), visit(2, "SUD 6 to 3")])
    assert table["score"][0] == 46
    assert pd.isna(table["score"][1])


@pytest.mark.parametrize(
    ("facts", "outcome"),
    [
        ([], ""),
        ([homework("Homework (thought record) was done in full.")], "done"),
        ([homework("Client completed about half of the homework.")], "partly"),
        ([homework("Client attempted the homework once.")], "partly"),
        ([homework("Homework (list half of the fears in part) was done in full.")], "done"),
        ([homework("Homework was forgotten.", "negated")], "not done"),
        (
            [
                homework("The homework as agreed was not carried out.", "negated"),
                homework("Instead of the assignment client chose a walk."),
            ],
            "not done",
        ),
        (
            [
                homework("In vivo homework was done in part."),
                homework("One in vivo item was not carried out.", "negated"),
            ],
            "partly",
        ),
    ],
)
def test_what_became_of_homework_is_read_from_the_ledger(facts, outcome):
    assert reviewed(facts) == outcome


def test_homework_that_was_set_and_never_asked_about_shows_as_not_reviewed():
    planned = homework("Homework: client will walk.", temporality="planned")
    table = episode_table([visit(1), visit(2, facts=(planned,)), visit(3)])
    assert list(table["reviewed"]) == ["", "", "not reviewed"]
    assert list(table["homework"]) == ["", "Homework: client will walk.", ""]


def test_homework_that_was_turned_down_is_neither_set_nor_reviewed():
    declined = homework("Use of an app was turned down.", "negated", "current")
    row = episode_table([visit(1, facts=(declined,))]).iloc[0]
    assert row["homework"] == row["reviewed"] == ""


@pytest.mark.parametrize(
    ("sessions", "said"),
    [
        ([], "no session"),
        ([visit(1), visit(2, client_id="c2")], "2 clients"),
        ([visit(1).model_copy(update={"spec": SessionSpec(session_id="s9")})], "'s9'"),
    ],
)
def test_an_episode_is_of_one_client_whose_visits_are_numbered(sessions, said):
    with pytest.raises(InputError, match=said):
        episode_table(sessions)


def test_the_last_note_is_traced_to_the_ledger_of_the_visit_before(visits):
    for before, after in itertools.pairwise(visits):
        table = last_note_table(before, after)
        known = {fact.fact_id: {fact.statement, fact.reworded} for fact in before.facts}
        traced = table[table["fact"] != ""]
        assert len(traced)
        assert all(r["last_note"] in known[r["fact"]] for r in traced.to_dict("records"))
        assert " ".join(table["last_note"]) == after.chart.last_note


def test_what_the_ledger_does_not_hold_stands_in_the_last_note_without_a_fact():
    before = visit(1, facts=(homework("Client will walk."),))
    note = "Session 1 (2025-01-01). Client was on leave. Client will walk. Bring papers."
    table = last_note_table(before, visit(2, chart=Chart(last_note=note)))
    assert list(table["fact"]) == ["", "", "f01", ""]
    assert table["last_note"][1] == "Client was on leave."


def test_a_chart_without_a_last_note_gives_an_empty_table():
    assert last_note_table(visit(1), visit(2)).empty


# --- pages ------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", [session_page, inputs_page])
def test_markup_in_a_session_is_shown_and_never_obeyed(page):
    found = Tags(page(evil_session()))
    assert not {"script", "img", "link", "iframe"} & set(found.tags)
    assert not {name for name in found.names if name.startswith("on")}
    assert "&lt;script&gt;" in page(evil_session())
    assert not found.open


@pytest.mark.parametrize("page", [session_page, inputs_page])
def test_a_page_asks_nothing_of_the_network(page, visits):
    made = page(visits[1])
    assert "http" not in made
    assert "url(" not in made
    assert "@import" not in made
    assert all(link.startswith("#") for link in Tags(made).links)


def test_every_link_of_a_page_leads_to_a_place_on_it_and_no_place_is_there_twice(visits):
    found = Tags(session_page(visits[1]))
    assert len(found.links) > 20
    assert {link[1:] for link in found.links} <= set(found.ids)
    assert len(found.ids) == len(set(found.ids))


def test_pages_of_different_sessions_share_no_anchor(visits):
    first, second = (Tags(session_page(session)).ids for session in visits[:2])
    assert not set(first) & set(second)


def test_each_fact_and_each_turn_stands_on_the_page_and_evidence_is_marked_in_words(visits):
    session = visits[2]
    made = session_page(session)
    found = Tags(made)
    assert sum("-t" in place for place in found.ids) == len(session.turns)
    for fact in session.facts:
        assert made.count(f">{fact.fact_id}<") == 1 + len(fact.turns) + (fact.fact_id == "f01")


def test_a_trap_is_named_where_it_stands_with_its_bait_and_its_truth():
    made = session_page(evil_session().model_copy(update={"traps": (TRAP,)}))
    assert '<span class="flag">trap 1</span>' in made
    assert made.count("Client takes Paxil.") == 2  # at its turn, and in the ledger
    assert made.count("Father takes Plavix.") == 2
    assert "✗ false" in made
    assert "✓ careful" in made


def test_a_trap_without_turns_and_without_truth_says_so():
    trap = TRAP.model_copy(update={"turns": (), "truth": "", "because": "inadmissible"})
    made = session_page(evil_session().model_copy(update={"traps": (trap,)}))
    assert made.count("Client takes Paxil.") == 1
    assert "no turn shows it" in made
    assert "A careful note says nothing." in made
    assert "✗ not for the note" in made


def test_what_was_left_open_stands_apart_from_the_facts():
    made = session_page(evil_session())
    assert "1 facts, 1 left open" in made
    assert made.index("Left open") < made.index("-f2")


def test_the_three_inputs_stand_on_one_page_without_the_ledger(visits):
    session = visits[3]
    made = inputs_page(session)
    for panel in ("Transcript", "Jottings", "Form"):
        assert f'<p class="name">{panel}</p>' in made
    assert session.form["date"] in made
    assert "Trap" not in re.sub(r"<style>.*</style>", "", made, flags=re.DOTALL)


TRAP = Trap(
    kind="sound_alike",
    bait="Client takes Paxil.",
    truth="Father takes Plavix.",
    category="medication",
    fact_kind="medication",
    turns=(0, 1),
)


# --- traps, speech, realism -------------------------------------------------------------------


def test_the_trap_table_counts_sessions_and_names_every_kind_there_is():
    twice = visit(1).model_copy(update={"traps": (TRAP, TRAP)})
    odd = visit(3).model_copy(update={"traps": (TRAP.model_copy(update={"kind": "of_ours"}),)})
    table = trap_table([twice, visit(2), odd]).set_index("trap")
    assert table.loc["sound alike", "sessions"] == 1
    assert table.loc["sound alike", "bait"] == "Client takes Paxil."
    assert table.loc["risk never asked", "sessions"] == 0
    assert table.loc["of ours", "what happens"] == ""
    assert set(table["of"]) == {3}
    assert (table["what happens"] != "").sum() == len(table) - 1


def test_the_heard_table_holds_the_turns_that_changed_and_no_other():
    spoken = visit(1)
    swapped = spoken.turns[1].model_copy(update={"speaker": "therapist"})
    heard = spoken.model_copy(update={"turns": (spoken.turns[0], swapped)})
    table = heard_table(spoken, heard)
    assert list(table.index) == [1]
    assert list(table.loc[1]) == ["client", "therapist", "Hi.", "Hi."]
    assert heard_table(spoken, spoken).empty


def test_sessions_of_different_length_are_not_compared():
    spoken = visit(1)
    with pytest.raises(InputError, match="2 turns were spoken and 1 heard"):
        heard_table(spoken, spoken.model_copy(update={"turns": spoken.turns[:1]}))


def figure(name, ours, theirs, low=None, high=None):
    of, unit = [60, 133], "sessions"
    values = [ours, theirs]
    return {"name": name, "values": values, "of": of, "unit": unit, "low": low, "high": high}


FIGURES = [
    *(
        figure(f"words a turn, {who}, {at}", *values)
        for who in ("client", "therapist")
        for at, *values in (("median", 6, 8), ("lower quartile", 2, 3), ("upper quartile", 12, 20))
    ),
    figure("client's share of words, median", 0.52, 0.43, 0.34, 0.55),
    figure("client's share of words, lower quartile", 0.48, 0.34),
    figure("client's share of words, upper quartile", 0.54, 0.55),
    figure("self-BLEU, 500 words a session", 0.49, 0.28, high=0.33),
    figure("AUC, full text", 0.9, None),
    figure("AUC, content-neutral, the higher", None, None, high=0.75),
]


def test_realism_says_which_targets_are_met_and_which_are_missed():
    table = realism_table(FIGURES).set_index("figure")
    assert table.loc["client's share of words, median", "met"] == "yes"
    assert table.loc["client's share of words, median", "target"] == "0.34 to 0.55"
    assert table.loc["self-BLEU, 500 words a session", "met"] == "no"
    assert table.loc["self-BLEU, 500 words a session", "target"] == "at most 0.33"


def test_a_target_on_what_could_not_be_measured_is_neither_met_nor_missed():
    assert met(FIGURES[-1]) is None
    assert realism_table(FIGURES).set_index("figure")["met"].iloc[-1] == ""


@pytest.mark.parametrize(("value", "holds"), [(1, False), (2, True), (3, True), (4, False)])
def test_the_ends_of_a_target_belong_to_it(value, holds):
    assert met(figure("x", value, None, 2, 3)) is holds


def test_no_figures_give_an_empty_table_with_its_columns():
    assert realism_table([]).empty
    assert "met" in realism_table([]).columns


def test_a_readable_table_escapes_its_text_and_shows_nothing_for_missing():
    board = pd.DataFrame({"a": [EVIL], "b": [float("nan")], "c": [pd.NA]}, index=[EVIL])
    made = readable(board).to_html()
    assert "<script" not in made
    assert "<img" not in made
    assert "nan" not in made
    assert "NA" not in made


def test_a_readable_table_is_the_same_bytes_every_time(visits):
    board = episode_table(visits)
    assert readable(board).to_html() == readable(board).to_html()
    assert readable(realism_table([])).to_html()


# --- figures ----------------------------------------------------------------------------------


def test_the_episode_figure_says_in_words_what_it_shows(visits):
    drawn = episode(visits)
    for row in episode_table(visits).to_dict("records"):
        assert f"visit {row['visit']}: " in drawn.alt
        if row["reviewed"]:
            assert f"homework {row['reviewed']}" in drawn.alt


@pytest.mark.parametrize(
    "sessions",
    [
        [visit(1)],
        [visit(1, "PHQ-9 0"), visit(2, "PHQ-9 27")],
        [visit(number, f"PCL-5 {8 * number}") for number in range(1, 10)],
        [visit(1, facts=(homework(EVIL * 9 + "$x_1$", temporality="planned"),))],
    ],
    ids=["no score", "least and most", "long", "markup"],
)
def test_odd_episodes_are_drawn_as_svg_without_script(sessions):
    svg = episode(sessions).svg
    assert ET.fromstring(svg).tag.endswith("svg")
    assert "<script" not in svg


@pytest.mark.parametrize("figures", [FIGURES, FIGURES[6:9], []], ids=["all", "some", "none"])
def test_realism_is_drawn_from_whatever_was_measured(figures):
    assert ET.fromstring(realism(figures).svg).tag.endswith("svg")


def test_figures_are_the_same_bytes_every_time(visits):
    assert episode(visits).svg == episode(visits).svg
    assert realism(FIGURES).svg == realism(FIGURES).svg
