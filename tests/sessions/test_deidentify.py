"""Planted identifiers are found and replaced, alike all through a client, and nothing leaks."""

import re
import socket
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest

from evalkit.cli import main
from evalkit.deidentify import KINDS, Deidentifier, check, counts, deidentify
from evalkit.deidentify.corpus import listed_beside
from evalkit.deidentify.dates import shifted, written
from evalkit.deidentify.texts import texts
from evalkit.records import Chart, Client, Fact, Session, SessionSpec, Trap, Turn
from evalkit.sessions.generate import generate
from evalkit.sessions.sources import open_source
from evalkit.store import read_records, write_records

PLANTED = {
    "name": [
        ("Then Dr. Okafor asked me how I slept.", "Okafor"),
        ("My name is Takoda, with a k.", "Takoda"),
        ("I told Jennifer about it.", "Jennifer"),
        ("Mrs. Abiodun next door saw him.", "Abiodun"),
        ("My friend Grace drove me home.", "Grace"),
        ("It was my brother Zebulon who called.", "Zebulon"),
        ("Yes, Robert Castellano signed it.", "Castellano"),
        ("My name is April, and I'm fifty.", "April"),
        ("so i said to michelle that it was fine", "michelle"),
    ],
    "place": [
        ("We moved from Chattanooga in the spring.", "Chattanooga"),
        ("I live in Millersburg now.", "Millersburg"),
        ("He is at 412 Sycamore Street, Apt 3.", "412 Sycamore Street, Apt 3"),
        ("They took her to Mercy General Hospital.", "Mercy"),
        ("Send it to TX 78704 please.", "78704"),
        ("My zip code is 03601.", "03601"),
        ("It was all over Polk County.", "Polk"),
        ("The bus stops on Larkspur Avenue.", "Larkspur"),
    ],
    "date": [
        ("She died on January 5, 2025.", "January 5, 2025"),
        ("It was the fifth of March, I think.", "fifth of March"),
        ("We saw him 03/14/2024 and he was fine.", "03/14/2024"),
        ("Admitted 2024-11-02 overnight.", "2024-11-02"),
        ("My birthday is June 21st.", "June 21st"),
        ("Born twelve August, she says.", "twelve August"),
        ("It began in October.", "October"),
        ("My grandmother is 94 years old.", "94"),
        ("He turned ninety-three last year.", "ninety-three"),
    ],
    "phone": [
        ("Call me at 415-867-5309.", "415-867-5309"),
        ("It's (212) 736-5000 at work.", "736-5000"),
        ("Home is 867-5309.", "867-5309"),
        ("four one five, eight six seven, five three oh nine", "four one five"),
    ],
    "fax": [("Fax it to 312-664-2290 tomorrow.", "312-664-2290")],
    "email": [
        ("Write to t.weller@fastmail.com then.", "t.weller@fastmail.com"),
        ("it's tweller at gmail dot com", "tweller at gmail dot com"),
    ],
    "ssn": [
        ("My social is 536-22-1234.", "536-22-1234"),
        ("SSN 536221234 on the form.", "536221234"),
    ],
    "record": [
        ("MRN 44718821 was on the bracelet.", "44718821"),
        ("Chart number: A-20931", "A-20931"),
    ],
    "plan": [
        ("Member ID is XQH994213377.", "XQH994213377"),
        ("The policy number is 88-41207.", "88-41207"),
    ],
    "account": [
        ("Account number 0091447382 is overdrawn.", "0091447382"),
        ("The card is 4111 1111 1111 1111.", "4111 1111 1111 1111"),
    ],
    "license": [
        ("Driver's license D4471882 got suspended.", "D4471882"),
        ("Her certificate no. RN-558213 lapsed.", "RN-558213"),
    ],
    "vehicle": [
        ("License plate 7KXT294, a blue one.", "7KXT294"),
        ("The VIN is 1HGCM82633A004352.", "1HGCM82633A004352"),
    ],
    "device": [
        ("The pump, serial number SN-4471-9920, beeped.", "SN-4471-9920"),
        ("It has MAC 00:1B:44:11:3A:B7.", "00:1B:44:11:3A:B7"),
    ],
    "url": [
        ("I wrote it on https://tweller.blog/mine last night.", "https://tweller.blog/mine"),
        ("It's on www.tweller-bakery.com now.", "www.tweller-bakery.com"),
    ],
    "ip": [("They traced it to 73.162.44.19 he said.", "73.162.44.19")],
    "biometric": [("They keep my fingerprint template FP-883120 on file.", "FP-883120")],
    "photo": [("I sent you IMG_2044.jpg from the porch.", "IMG_2044.jpg")],
    "code": [
        ("I post as @night_owl_tess there.", "night_owl_tess"),
        ("Case number 24-CR-00817 is still open.", "24-CR-00817"),
        ("My badge is 5519034.", "5519034"),
    ],
}
CASES = [(kind, text, words) for kind, rows in PLANTED.items() for text, words in rows]
ORDINARY = (
    "I may march in and will you mark my words, but grace is rare and hope is rarer. The PHQ-9 was "
    "14, 3 out of 10, sertraline 100 mg, 9/10 on the scale, twice a week for 45 minutes. One two "
    "three four five six seven eight, breathe. I'm Catholic, I'm Okay. It's 600-1200 mg. Don't. "
    "On Tuesday at 10:15 I took my 20 mg. In 2019 we moved to Ohio. She is 89 years old."
)


def session(*said: str, session_id: str = "s1", client_id: str = "c1", **known: object) -> Session:
    turns = tuple(Turn(speaker="client", text=text) for text in said)
    spec = SessionSpec(session_id=session_id, client_id=client_id, source="jsonl")
    return Session(spec=spec, turns=turns, **known)


def words_found(one: Session) -> list[tuple[str, str]]:
    said = dict(texts(one))
    return [(each.kind, said[each.place][each.start : each.end]) for each in check(one)]


def test_all_18_classes_of_the_rule_are_planted():
    assert len(KINDS) == 18
    assert set(PLANTED) == set(KINDS)


@pytest.mark.parametrize(("kind", "text", "words"), CASES)
def test_a_planted_identifier_is_found_under_its_class(kind, text, words):
    found = words_found(session(text))
    assert any(k == kind and (words in w or w in words) for k, w in found), found


@pytest.mark.parametrize(("kind", "text", "words"), CASES)
def test_a_planted_identifier_is_gone_after_replacing_and_a_second_check_is_quiet(
    kind, text, words
):
    cleaner = Deidentifier(seed=5)
    clean = cleaner.deidentify(session(text))
    assert words not in clean.turns[0].text
    assert check(clean, cleaner.surrogates(clean)) == ()


def test_ordinary_talk_identifies_nobody():
    assert words_found(session(ORDINARY)) == []
    assert deidentify(session(ORDINARY), 1).turns[0].text == ORDINARY


def test_identifiers_are_found_in_every_text_of_a_session():
    name = "Jennifer"
    one = session(
        "Hello.",
        client=Client(name=name, family=(f"sister {name}",), work=f"for {name}"),
        members=(name, "Robert"),
        chart=Chart(last_note=f"Saw {name}.", goals=(f"Call {name}.",), history=(f"{name}.",)),
        jottings=f"w/ {name}",
        form={"plan": f"See {name}."},
        facts=(Fact(fact_id="f1", kind="social", statement=f"{name} came.", subject="jennifer"),),
        traps=(
            Trap(
                kind="sarcasm", bait=f"{name} left.", truth=name, category="other", fact_kind="plan"
            ),
        ),
        references=({"format": "free", "sections": {"note": f"{name} seen."}},),
    )
    places = {each.place for each in check(one) if each.kind == "name"}
    assert places >= {
        "client.name", "client.family.0", "client.work", "members.0", "members.1",
        "chart.last_note", "chart.goals.0", "chart.history.0", "jottings", "form.plan",
        "facts.0.statement", "facts.0.subject", "traps.0.bait", "traps.0.truth",
        "references.0.sections.note",
    }  # fmt: skip
    assert name.lower() not in deidentify(one, 3).model_dump_json().lower()


def test_a_name_keeps_its_surrogate_all_through_a_client_and_two_names_never_share_one():
    cleaner = Deidentifier(seed=11)
    names = "Jennifer Robert Michelle Patricia Barbara Steven Deborah Kenneth Laura Brian".split()
    first = cleaner.deidentify(session(*(f"I told {name} so." for name in names)))
    other = cleaner.deidentify(session("And JENNIFER's car. Then Brian.", session_id="s2"))
    given = [turn.text.removeprefix("I told ").removesuffix(" so.") for turn in first.turns]
    assert len(set(given)) == len(names)
    assert not set(given) & set(names)
    assert other.turns[0].text == f"And {given[0].upper()}'s car. Then {given[-1]}."


def test_another_client_gets_other_surrogates_and_another_shift():
    cleaner = Deidentifier(seed=11)
    said = "Jennifer came on March 4, 2025, and Robert on March 11, 2025."
    clean = {
        cleaner.deidentify(session(said, session_id=f"s{n}", client_id=f"c{n}")).turns[0].text
        for n in range(8)
    }
    assert len(clean) > 6


def test_equal_seeds_give_equal_sessions_and_other_seeds_others():
    one = session("Jennifer came on March 4, 2025.")
    assert deidentify(one, 4) == deidentify(one, 4)
    assert len({deidentify(one, seed).turns[0].text for seed in range(6)}) > 3


def test_intervals_and_weekdays_stay_and_each_date_keeps_its_form():
    forms = (
        "2025-03-04|03/11/2025|3/18/25|March 25, 2025|April 1st, 2025|the eighth of April|Apr 15"
    )
    one = session(*forms.split("|"), form={"date": "2025-03-04"})
    clean = deidentify(one, 9)
    start = date.fromisoformat(clean.form["date"])
    days = [written(turn.text)[0].on(start) for turn in clean.turns]
    assert [(day - start).days for day in days] == [7 * week for week in range(7)]
    assert date(2025, 3, 4) - start in [timedelta(weeks=week) for week in range(1, 53)]
    shapes = [
        r"\d{4}-\d\d-\d\d", r"\d\d/\d\d/\d{4}", r"\d\d?/\d\d?/\d\d", r"[A-Z][a-z]+ \d\d?, \d{4}",
        r"[A-Z][a-z]+ \d\d?(st|nd|rd|th), \d{4}", r"the [a-z-]+ of [A-Z][a-z]+",
        r"[A-Z][a-z]{2} \d+",
    ]  # fmt: skip
    for shape, turn in zip(shapes, clean.turns, strict=True):
        assert re.fullmatch(shape, turn.text), turn.text


def test_all_sessions_of_a_client_move_by_the_same_days():
    cleaner = Deidentifier(seed=2)
    days = [
        cleaner.deidentify(session("Hi.", session_id=f"s{n}", form={"date": f"2025-03-{n:02d}"}))
        for n in (3, 10, 24)
    ]
    moved = [date.fromisoformat(one.form["date"]) for one in days]
    assert [(day - moved[0]).days for day in moved] == [0, 7, 21]


def test_a_leap_day_without_a_year_and_a_day_that_is_none_are_survived():
    assert shifted(written("on February 29")[0], -7, None) == "February 22"
    assert shifted(written("on February 31, 2025")[0], -7, None) == "2025"


def test_the_very_old_are_ninety_and_an_id_that_says_too_much_becomes_a_code():
    one = session("Hi.", client=Client(name="Sam", age=97), session_id="Jennifer_2025-03-04")
    assert {each.place for each in check(one)} >= {"client.age", "spec.session_id"}
    clean = deidentify(one, 1)
    assert clean.client is not None
    assert clean.client.age == 90
    assert re.fullmatch(r"s-[a-z]{12}", clean.session_id)


def test_evidence_traps_and_all_that_is_no_text_stay_as_they_are():
    one = next(iter(generate(1, seed=3)))
    clean = deidentify(one, 8)
    assert [fact.turns for fact in clean.facts] == [fact.turns for fact in one.facts]
    assert [trap.turns for trap in clean.traps] == [trap.turns for trap in one.traps]
    assert [fact.sections for fact in clean.facts] == [fact.sections for fact in one.facts]
    assert [turn.start_s for turn in clean.turns] == [turn.start_s for turn in one.turns]
    assert clean.spec == one.spec
    assert one.client is not None
    assert one.client.name not in clean.model_dump_json()


def test_synthetic_sessions_pass_but_for_what_is_planted_in_them():
    for one in generate(6, seed=21):
        before = counts(check(one))
        leak = Turn(speaker="client", text="Write to t.weller@fastmail.com or call 415-867-5309.")
        leaking = one.model_copy(update={"turns": (*one.turns, leak)})
        after = counts(check(leaking))
        names = {words.lower() for kind, words in words_found(one) if kind == "name"}
        assert "date" not in before
        assert not names & {name.lower() for name in (one.client.name, *one.members)}
        assert after == {**before, "email": 1, "phone": 1}


def test_a_name_of_the_lexicon_is_a_finding_in_a_session_that_nobody_invented():
    assert words_found(session("I told Priya so.")) == [("name", "Priya")]


def test_nothing_goes_over_the_network(monkeypatch):
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    assert words_found(session("t.weller@fastmail.com")) == [("email", "t.weller@fastmail.com")]


def test_the_command_line_does_not_load_presidio_unless_it_is_needed():
    code = "import sys, evalkit.cli, evalkit.deidentify; print('presidio_analyzer' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "False"


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["deidentify", *arguments])
    return int(ended.value.code or 0)


def test_the_command_replaces_then_checks_and_shows_counts_alone(tmp_path: Path, capfd):
    source, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    everything = [text for _, text, _ in CASES]
    write_records(source, [session(*everything), session("Jennifer.", session_id="s2")])
    assert run(str(source), "--check") == 1
    assert run(str(source), "--out", str(out), "--seed", "3") == 0
    assert run(str(out), "--check") == 0
    shown = "".join(capfd.readouterr())
    assert "name" in shown
    assert not [words for _, _, words in CASES if words in shown]
    left = out.read_text() + listed_beside(out).read_text()
    assert not [words for _, _, words in CASES if re.search(rf"\b{re.escape(words)}\b", left)]
    assert [one.session_id for one in read_records(out, Session)] == ["s1", "s2"]


def test_without_the_list_of_surrogates_a_second_check_asks_again(tmp_path: Path):
    source, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    write_records(source, [session("I told Jennifer on March 4, 2025.")])
    run(str(source), "--out", str(out))
    listed_beside(out).unlink()
    assert run(str(out), "--check") == 1


@pytest.mark.parametrize("options", [[], ["--check", "--out", "x.jsonl"]])
def test_the_command_wants_one_of_out_and_check(tmp_path: Path, options, capsys):
    source = tmp_path / "in.jsonl"
    write_records(source, [session("Hi.")])
    assert run(str(source), *options) == 2
    assert "either --out FILE or --check" in capsys.readouterr().err


def test_the_command_never_writes_over_what_it_reads(tmp_path: Path):
    source = tmp_path / "in.jsonl"
    write_records(source, [session("I told Jennifer so.")])
    before = source.read_bytes()
    assert run(str(source), "--out", str(source)) == 2
    assert source.read_bytes() == before


def test_sessions_of_every_source_can_be_checked(tmp_path: Path):
    transcript = tmp_path / "one.csv"
    transcript.write_text(
        "session_id,speaker,text\n1,Dr. Lee,How are you?\n1,Ann,I saw Jennifer.\n"
    )
    loaded = next(open_source(str(transcript)).load())
    assert ("name", "Jennifer") in words_found(loaded)
