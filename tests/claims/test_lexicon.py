import tomllib

import pytest

from evalkit.claims.lexicon import HERE, matched, mentions, people, phrases, relations
from evalkit.claims.text import tokens
from evalkit.errors import InputError

FILES = sorted(HERE.glob("*.toml"))
WITHOUT_CONCEPTS = {"grammar", "matters", "note_words", "synonyms"}


def named(text):
    return [hit.concept.name for hit in mentions(tokens(text))]


def test_every_phrase_belongs_to_one_concept_of_a_known_category():
    found = list(phrases())
    assert len(found) > 4_500
    assert len({concept.name for concept, _ in found}) > 400


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_file_has_concepts_with_category_and_severity_or_is_known_to_have_none(path):
    content = tomllib.loads(path.read_text(encoding="utf-8"))
    has = {"category", "severity", "concepts"} <= set(content)
    assert has != (path.stem in WITHOUT_CONCEPTS)


def test_no_concept_stands_in_two_files_and_none_lists_a_phrase_twice():
    owners: dict[str, str] = {}
    for path in FILES:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        for name, listed in content.get("concepts", {}).items():
            assert owners.setdefault(name, path.stem) == path.stem
            assert len(listed) == len(set(listed)), name


def test_the_matters_that_can_be_left_open_are_concepts():
    known = {concept.name for concept, _ in phrases()}
    matters = tomllib.loads((HERE / "matters.toml").read_text(encoding="utf-8"))
    for matter in matters.values():
        assert set(matter["concepts"]) <= known


@pytest.mark.parametrize(
    ("spoken", "written"),
    [
        ("I can't sleep.", "Client reports insomnia."),
        ("I've been throwing up.", "Vomiting for three days."),
        ("I've got the runs.", "Diarrhoea since Monday."),
        ("I've been feeling down.", "Client reports low mood."),
        ("I'm always snapping at people.", "Client reports irritability."),
        ("I hear voices.", "Denies AVH."),
        ("I want to kill myself.", "Client endorses SI."),
        ("I take Zoloft.", "Continue sertraline."),
        ("There was blood in my poo.", "Rectal bleeding."),
        ("I pee a lot.", "Urinary frequency."),
        ("My chest is wheezy.", "Wheeze on exertion."),
        ("I got laid off.", "Client is unemployed."),
        ("We broke up.", "Client is going through a divorce."),
        ("I fell off the wagon.", "Client relapsed."),
        ("I feel like a burden.", "Client reports worthlessness."),
    ],
)
def test_lay_words_and_clinical_words_meet_in_one_concept(spoken, written):
    assert set(named(spoken)) & set(named(written))


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("Client appeared sound.", "appearance"),
        ("Client is cutting carbs.", "self_harm"),
        ("It hits me that he left.", "domestic_violence"),
        ("I am quite well.", "quit"),
        ("Client manages stress.", "work"),
        ("Will return.", "change"),
        ("Therapist used CBT.", "drug_use"),
        ("Client wrote it down.", "depression"),
        ("A serious medical matter.", "medication_any"),
        ("Mood anxious; affect flat.", "anxious_affect"),
        ("I mind the noise.", "mindfulness"),
        ("That hurt my feelings.", "pain"),
        ("Client hit a wall.", "aggression"),
        ("He acts tired; we act.", "act_defusion"),
    ],
)
def test_words_that_only_look_alike_are_not_mixed_up(text, wrong):
    assert wrong not in named(text)


def test_a_phrase_does_not_reach_over_a_sign_unless_it_has_one_itself():
    assert named("Mood: anxious; affect: flat.") == ["mood", "anxiety", "affect"]
    assert named("Oriented to person, place, and time.") == ["cognition", "cognition"]


@pytest.mark.parametrize("code", ["F41.1", "F33.1", "F43.23", "F43.10", "F90.2", "F31.81", "Z63.0"])
def test_codes_are_diagnoses(code):
    (hit,) = mentions(tokens(f"Diagnosis: {code}."))
    assert hit.concept.category == "condition"


def test_other_people_are_known_by_their_relation_and_verbs_are_no_people():
    found = relations(tokens("Her mother-in-law, his nephews and my fianc\u00e9e's niece manage."))
    assert [one.name for one in found][:2] == ["in_law", "nephew"]
    assert found[-1].name == "niece"
    assert people(tokens("Client argued with her boss's wife.")) == {"colleague", "partner"}
    assert people(tokens("Client manages stress.")) == frozenset()


def test_the_three_ways_of_matching():
    assert matched("SI") == ("capitals", ("SI",))
    assert matched("=hit me when") == ("literal", ("hit", "me", "when"))
    assert matched("panic attacks") == ("stems", ("panic", "attack"))
    assert named("si") == []
    assert named("Appearance: neat.") == named("appearance") == ["appearance"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('category = "moods"\nseverity = "minor"\n[concepts]\na = ["b"]', "field 'category'"),
        ('category = "other"\n[concepts]\na = ["b"]', "field 'severity'"),
        (
            'category = "other"\nseverity = "minor"\n[concepts]\na = ["bees"]\nb = ["bee"]',
            "field 'b': 'bee' stands in a too",
        ),
        ('category = "other"\nseverity = "minor"\n[concepts]\na = ["?"]', "field 'a'"),
    ],
)
def test_a_lexicon_that_cannot_be_right_is_refused(tmp_path, text, said):
    (tmp_path / "mine.toml").write_text(text)
    with pytest.raises(InputError, match=said):
        list(phrases(tmp_path))
