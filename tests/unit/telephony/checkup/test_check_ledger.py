"""Trunks and managers are compared with what real calls say."""

from telephony.checkup.ledger import SeenCalls, judge_people, judge_trunks
from telephony.settings import PbxSettings

PBX = PbxSettings(name="office", trunks=("PJSIP/carrier-*", "PJSIP/spare-*"))


def trunks(pbx: PbxSettings = PBX, **seen: dict[str, int]) -> list[tuple[str, str]]:
    calls = SeenCalls(seen.get("outside", {}), seen.get("inside", {}), {})
    return [(finding.verdict.value, finding.said + finding.cure) for finding in judge_trunks(pbx, calls)]


def test_calls_on_named_trunks_are_well() -> None:
    assert [verdict for verdict, _ in trunks(outside={"PJSIP/carrier": 7})] == ["ok"]


def test_outside_numbers_on_a_channel_that_no_setting_names_were_taken_for_internal_calls() -> None:
    [(verdict, said)] = trunks(outside={"PJSIP/carrier": 7}, inside={"PJSIP/second": 3, "PJSIP/carrier": 1})
    assert verdict == "warn"
    assert "PJSIP/second (3)" in said
    assert 'trunks = ["PJSIP/carrier-*", "PJSIP/spare-*", "PJSIP/second-*"]' in said


def test_a_trunk_that_was_guessed_by_its_context_is_told_unless_contexts_are_settings() -> None:
    assert "PJSIP/other (9)" in trunks(outside={"PJSIP/other": 9})[0][1]
    by_context = PBX.model_copy(update={"trunk_contexts": ("from-trunk*",)})
    assert [verdict for verdict, _ in trunks(by_context, outside={"PJSIP/other": 9})] == ["ok"]


def test_a_named_trunk_without_calls_is_told_once_there_were_enough() -> None:
    assert [verdict for verdict, _ in trunks(outside={"PJSIP/carrier": 19})] == ["ok"]
    [(verdict, said)] = trunks(outside={"PJSIP/carrier": 20})
    assert (verdict, "PJSIP/spare-*" in said) == ("warn", True)


def test_without_trunks_or_calls_nothing_is_said() -> None:
    assert trunks(PbxSettings(), outside={"PJSIP/x": 5}) == []
    assert trunks() == []


def test_a_telephone_that_answers_customers_and_is_nobodys_is_told_and_a_mobile_on_the_trunk_is_not() -> None:
    seen = SeenCalls({"PJSIP/carrier": 9}, {}, {"PJSIP/101": 5, "PJSIP/104": 2, "PJSIP/carrier": 1})
    [finding] = judge_people(PBX, seen, frozenset({"PJSIP/101"}))
    assert finding.verdict == "warn"
    assert "PJSIP/104 (2 calls)" in finding.said
    assert "PJSIP/carrier" not in finding.said
    [well] = judge_people(PBX, seen, frozenset({"PJSIP/101", "PJSIP/104"}))
    assert well.verdict == "ok"
