import pytest

from evalkit import registry
from evalkit.errors import InputError


def test_every_name_finds_the_class_that_bears_it():
    for package in (
        "evalkit.scorers",
        "evalkit.drafters",
        "evalkit.reviewers",
        "evalkit.sessions.sources",
        "evalkit.sessions.traps",
        "evalkit.imports",
    ):
        have = registry.names(package)
        assert have
        for name in have:
            assert registry.find(package, name).name == name


def test_a_misspelt_name_gets_the_nearest_one():
    with pytest.raises(InputError, match=r"no scorer named 'fidelty'; did you mean 'fidelity'\?"):
        registry.find("evalkit.scorers", "fidelty")


def test_a_misspelt_option_is_rejected():
    config = {"name": "fidelity", "critical_wieght": 2}
    with pytest.raises(InputError, match="did you mean 'critical_weight'"):
        registry.build("evalkit.scorers", config)


def test_a_bad_option_names_its_field():
    with pytest.raises(InputError, match="critical_weight"):
        registry.build("evalkit.scorers", {"name": "fidelity", "critical_weight": -1})


def test_a_class_outside_the_package_is_reached_by_its_path():
    cls = registry.find("evalkit.scorers", "evalkit.scorers.fidelity:Fidelity")
    assert cls.name == "fidelity"
    with pytest.raises(InputError, match="cannot load"):
        registry.find("evalkit.scorers", "no.such:Thing")
