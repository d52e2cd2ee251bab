"""A practice is a small TOML: what stands in it, what it comes to, what is refused."""

from pathlib import Path

import pytest

from evalkit.burden.practice import Practice, load_practice
from evalkit.errors import InputError

EXAMPLES = sorted((Path(__file__).parents[2] / "experiments" / "practice").glob("*.toml"))


def written(folder, text):
    path = folder / "practice.toml"
    path.write_text(text)
    return path


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda one: one.stem)
def test_an_example_loads_under_its_own_name(path):
    assert load_practice(path).name == path.stem


def test_there_is_an_example_of_each_size():
    assert {path.stem for path in EXAMPLES} == {"solo", "iop", "agency"}


def test_the_article_s_therapist_writes_32_hours_a_month():
    assert Practice(name="solo").writing_hours == 32.0
    assert Practice(name="solo", working_days=21.67).writing_hours == pytest.approx(34.67, abs=0.01)


def test_a_group_has_a_note_for_each_member_or_one():
    each = Practice(name="a", sessions_a_day=0, groups_a_day=2, group_members=9)
    one = each.model_copy(update={"group_notes": "one"})
    assert (each.notes, one.notes) == (2 * 20 * 9, 2 * 20)
    assert each.writing_hours == one.writing_hours == 2 * 20 * 0.5


def test_what_members_notes_share_is_reviewed_once():
    whole = Practice(name="a", groups_a_day=1, group_members=8, group_shared=1.0)
    half = whole.model_copy(update={"group_shared": 0.5})
    assert (whole.reviews_a_group, half.reviews_a_group) == (1.0, 4.5)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('name = "a"\nclinicans = 2\n', "did you mean 'clinicians'?"),
        ('name = "a"\nclinicians = 0\n', "field 'clinicians'"),
        ('name = "a"\nstopped = 40\n', "field 'stopped'"),
        ('name = "a"\nworking_days = nan\n', "field 'working_days'"),
        ('name = "a"\nsessions_a_day = 0\n', "nobody writes a note"),
        ('name = "a\n', "not TOML"),
        ("clinicians = 2\n", "field 'name'"),
    ],
)
def test_a_bad_practice_is_refused_with_its_file_and_field(tmp_path, text, said):
    path = written(tmp_path, text)
    with pytest.raises(InputError) as refused:
        load_practice(path)
    assert said in str(refused.value)
    assert str(path) in str(refused.value)


def test_a_practice_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        load_practice(tmp_path / "none.toml")
