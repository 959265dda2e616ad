"""No class name stands for two things."""

from tests.structure import SAME_IDEA, repeated_names


def test_a_class_name_stands_for_one_thing() -> None:
    assert {name: paths for name, paths in repeated_names().items() if name not in SAME_IDEA} == {}


def test_every_explained_name_is_still_repeated() -> None:
    assert set(SAME_IDEA) <= set(repeated_names())
