"""Bad input gets one clear line that names the file, the field and the fix."""

import pytest

from evalkit.errors import InputError
from evalkit.experiment import build_drafter, load_experiment, load_sessions

GOOD = """
name = "t"
[sessions]
options = { count = 2 }
[[approaches]]
name = "a"
drafter = "form_fill"
[[gates]]
measure = "fabrication"
max = 0.2
"""


def write(tmp_path, text):
    path = tmp_path / "experiment.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_a_good_file_is_read_with_its_defaults(tmp_path):
    experiment = load_experiment(write(tmp_path, GOOD))
    assert experiment.formats == ("soap",)
    assert len(load_sessions(experiment)) == 2


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('name = "t"', "name = ", "not TOML"),
        ('name = "t"', 'nmae = "t"', "no field named 'nmae'; did you mean 'name'?"),
        ('drafter = "form_fill"', 'drafter = "form_fil"', "did you mean 'form_fill'?"),
        ('drafter = "form_fill"', 'drafter = "prompted"', "has no model"),
        ('drafter = "form_fill"', 'drafter = "form_fill"\nmodle = "x"', "did you mean 'model'?"),
        ('measure = "fabrication"', 'measure = "fabricaton"', "did you mean 'fabrication'?"),
        ('measure = "fabrication"', 'mesure = "fabrication"', "did you mean 'measure'?"),
        ("[sessions]", "[sessions]\nlimt = 3", "did you mean 'limit'?"),
        ("[sessions]", "[endpoint]\nconcurency = 3\n[sessions]", "did you mean 'concurrency'?"),
        ('drafter = "form_fill"', 'drafter = "form_fil"', "field 'approaches.0'"),
        ("max = 0.2", "max = 0.2\nmin = 0.1", "exactly one of max, min"),
        (
            "[sessions]",
            "[reviewing.clinicans]\ndraws = 500\n[sessions]",
            "did you mean 'clinicians'?",
        ),
        (
            "[sessions]",
            "[reviewing.vigilance]\nstoped = 1\n[sessions]",
            "no field named 'stoped'; did you mean 'stopped'?",
        ),
        ("[sessions]", "[reviewing.scratch]\ngroup = 0\n[sessions]", "reviewing.scratch.group"),
        ('name = "t"', 'name = "t"\nreviewer = "keystrok"', "did you mean 'keystroke'?"),
        (
            'name = "t"',
            'name = "t"\nreviewer = { name = "keystroke", typing_wpm = 0 }',
            "reviewer.typing_wpm",
        ),
        ("options = { count = 2 }", "options = { cuont = 2 }", "did you mean 'count'?"),
        ("options = { count = 2 }", 'source = "annomy"', "did you mean 'annomi'?"),
        ('name = "t"', 'name = "t"\nformats = ["sope"]', "did you mean 'soap'?"),
        ('name = "t"', 'name = "t"\nscorers = ["fidelty"]', "did you mean 'fidelity'?"),
        ('name = "t"', 'name = "../t"', "name"),
        ('name = "t"', 'name = "t"\nreplicates = 0', "replicates"),
        ('name = "t"', 'name = "t"\nseed = -1', "seed"),
        ('name = "t"', 'name = "t"\nformats = []', "formats"),
        ('name = "t"', 'name = "mlflow.db"', "taken by the tracking store"),
        ("max = 0.2", "max = nan", "gates.0.max"),
        ("[[gates]]", '[[approaches]]\nname = "a"\ndrafter = "faithful"\n[[gates]]', "twice"),
    ],
)
def test_a_mistake_is_named_with_its_file_and_fix(tmp_path, old, new, says):
    path = write(tmp_path, GOOD.replace(old, new, 1))
    with pytest.raises(InputError) as error:
        load_experiment(path)
    assert says in str(error.value)
    assert str(path) in str(error.value)
    assert "\n" not in str(error.value)


def test_a_missing_file_and_a_file_that_is_not_utf_8_are_named(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        load_experiment(tmp_path / "none.toml")
    with pytest.raises(InputError, match="line 2"):
        load_experiment(write(tmp_path, b'name = "t"\ndescription = "caf\xe9"\n'))


def test_a_prompt_is_a_file_and_only_its_text_makes_the_approach(tmp_path):
    text = GOOD.replace(
        'drafter = "form_fill"', 'drafter = "prompted"\nmodel = "openai/x"\nprompt = "p/one.md"'
    )
    path = write(tmp_path, text)
    with pytest.raises(InputError, match=r"no prompt file 'p/one\.md'"):
        load_experiment(path)
    (tmp_path / "p").mkdir()
    (tmp_path / "p" / "one.md").write_text("Write a note.")
    first = load_experiment(path).approaches[0]
    (tmp_path / "p" / "two.md").write_text("Write a note.")
    second = load_experiment(write(tmp_path, text.replace("one.md", "two.md"))).approaches[0]
    (tmp_path / "p" / "two.md").write_text("Write a short note.")
    third = load_experiment(path).approaches[0]
    assert first.approach_id != third.approach_id
    assert first.approach_id == second.approach_id


def test_environment_variables_fill_paths(tmp_path, monkeypatch):
    monkeypatch.setenv("SOMEWHERE", str(tmp_path / "data"))
    text = GOOD.replace(
        "options = { count = 2 }",
        'source = "jsonl"\noptions = { path = "${SOMEWHERE}/${NOT_SET:-s}.jsonl" }',
    )
    with pytest.raises(InputError) as error:
        load_sessions(load_experiment(write(tmp_path, text)))
    assert str(tmp_path / "data" / "s.jsonl") in str(error.value)


def test_a_fault_in_another_file_is_laid_at_its_door(tmp_path):
    (tmp_path / "bad.jsonl").write_text("{")
    text = GOOD.replace(
        'drafter = "form_fill"',
        'drafter = "recorded"\noptions = { path = "bad.jsonl", author = "x" }',
    )
    with pytest.raises(InputError, match=r"bad\.jsonl, line 1"):
        load_experiment(write(tmp_path, text))


def test_an_option_cannot_put_another_drafter_in_its_place(tmp_path):
    text = GOOD.replace('drafter = "form_fill"', 'drafter = "form_fill"\noptions = { name = "x" }')
    experiment = load_experiment(write(tmp_path, text))
    assert build_drafter(experiment.approaches[0]).name == "form_fill"


def test_a_variable_that_is_not_set_is_named(tmp_path):
    text = GOOD.replace(
        "options = { count = 2 }", 'source = "csv"\noptions = { path = "${NOT_SET_AT_ALL}" }'
    )
    with pytest.raises(InputError, match="NOT_SET_AT_ALL is not set"):
        load_experiment(write(tmp_path, text))
