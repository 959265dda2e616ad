"""A part that shows nothing is an empty text, and no failure: nobody is owed a call."""

from crm_bridge.web.templating import Templates


def test_a_template_whose_whole_text_is_empty_has_empty_parts() -> None:
    assert Templates(lambda path: path).part("board/owed.html", "part_owed", {"owed": 0}) == ""
