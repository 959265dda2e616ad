"""Many methods in one request, and what a caller's name could do there."""

from urllib.parse import parse_qsl

import pytest

from crm_bridge.crm.bitrix24 import batch
from crm_bridge.crm.errors import CrmBroken


def test_arguments_are_a_query_as_php_reads_it_whatever_stands_in_them() -> None:
    fields = {"COMMENT": "a&b=c ?d[e]%26+\n", "ENTITY_ID": 7}
    arguments = {"fields": fields, "USER_ID": [6, 7], "show": True}
    told = batch.batch([("crm.timeline.comment.add", arguments), ("profile", {})])
    assert (told["halt"], told["cmd"]["c1"]) == (0, "profile")
    method, _, query = told["cmd"]["c0"].partition("?")
    assert method == "crm.timeline.comment.add"
    assert dict(parse_qsl(query)) == {
        "fields[COMMENT]": fields["COMMENT"],
        "fields[ENTITY_ID]": "7",
        "USER_ID[0]": "6",
        "USER_ID[1]": "7",
        "show": "1",
    }


@pytest.mark.parametrize("hostile", ["$result[c0][CALL_ID]", {"a": ["x $result[c1]"]}])
def test_what_would_be_replaced_by_another_commands_result_goes_alone(hostile: object) -> None:
    assert not batch.may_be_shared({"fields": hostile})
    assert batch.may_be_shared({"fields": "$RESULT and result"})


def test_each_command_has_its_own_answer() -> None:
    result = {
        "result": {"c0": [], "c2": None},
        "result_error": {"c1": {"error": "ERROR_CORE", "error_description": "no"}},
        "result_time": {"c1": {"operating_reset_at": 5}},
    }
    assert batch.answers(result, 3) == [
        {"result": []},
        {"error": "ERROR_CORE", "error_description": "no", "time": {"operating_reset_at": 5}},
        {"result": None},
    ]
    assert batch.answers({"result": {"c0": 1}, "result_error": []}, 1) == [{"result": 1}]


@pytest.mark.parametrize("result", [None, [], {"result": []}, {"result": {"c0": 1}}, {"result": 1, "result_error": 3}])
def test_half_an_answer_is_none(result: object) -> None:
    with pytest.raises(CrmBroken):
        batch.answers(result, 2)
