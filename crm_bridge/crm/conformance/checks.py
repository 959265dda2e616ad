"""The checks. Each takes a fresh `Trial`, and raises `ContractBroken` with a sentence."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Final

import aiohttp

from crm_bridge.crm.conformance.asking import ANOTHER, NUMBER, is_id, known, must, raises, written
from crm_bridge.crm.conformance.calls import AT, HOSTILE, call, follow_up
from crm_bridge.crm.conformance.other_side import BadAnswer, ContractBroken, Trial
from crm_bridge.crm.errors import CrmBroken, CrmDenied, CrmError, CrmMissing, CrmRefused, CrmThrottled
from crm_bridge.crm.plugin.gateway import CallCards, CallLog
from crm_bridge.crm.policy.rules import LeadRule
from crm_bridge.crm.policy.types import CopyState, Trace

Check = Callable[[Trial], Awaitable[None]]

SPELLINGS: Final = ("+380671234567", "067 123-45-67", "+38 (067) 123 45 67", "0671234567")
LINK: Final = "https://calls.example/recordings/6"
_UNREACHABLE: Final = (CrmError, aiohttp.ClientError, TimeoutError, OSError)


# --- who is calling -----------------------------------------------------------------------------------------------


async def an_unknown_number_is_nobody(side: Trial) -> None:
    """`find` gives None."""
    must(await side.gateway.find(NUMBER) is None, "somebody is found under a number that nobody has")


async def a_person_is_found_however_their_number_is_spelled(side: Trial) -> None:
    """Each spelling, one person each."""
    for spelling in SPELLINGS:
        await side.other.add_person(spelling, side.other.users[0], "Olena")
        found = await side.gateway.find(NUMBER)
        if found is None:
            raise ContractBroken(f"{spelling!r} in the CRM is not found as {NUMBER}")
        is_id(found.crm_id, "a card")
        await side.other.remove(found.crm_id)


async def a_number_that_ends_alike_is_somebody_else(side: Trial) -> None:
    """A foreign number with the same last digits."""
    await side.other.add_person("+48671234567", side.other.users[0])
    found = await side.gateway.find(NUMBER)
    must(found is None, f"{NUMBER} is taken for +48671234567: compare whole numbers (phone_search.same)")


async def the_owner_is_named(side: Trial) -> None:
    """By the CRM's id."""
    found = await known(side)
    must(found.owner == side.other.users[0], f"the owner is {found.owner!r}, not {side.other.users[0]!r}")


# --- a call -------------------------------------------------------------------------------------------------------


async def a_lead_is_made_once_and_found_again(side: Trial) -> None:
    """For somebody unknown, owned by whom the rule names."""
    answer = call(NUMBER, name=HOSTILE)
    if isinstance(side.gateway, CallCards):
        opened = await side.gateway.open_call(answer, side.other.users[0], lead=True)
        again = await side.gateway.open_call(answer, side.other.users[0], lead=True)
        must(opened.crm_id == again.crm_id, "a call that is opened again has another id")
        must(await side.gateway.find(NUMBER) is not None, "a lead that the CRM was to make is not found by its number")
        return
    made = await side.gateway.put_lead(answer, side.other.users[0], LeadRule("everybody"))
    is_id(made.crm_id, "a lead")
    found = await side.gateway.find(NUMBER) or await side.gateway.seek_lead(answer)
    must(found is not None, "a lead that was made is found neither by its number nor by seek_lead")
    is_id(await written(side, answer, made.crm_id), "a call on a new lead")


async def a_call_is_written_and_bears_its_customer(side: Trial) -> None:
    """Answered and missed, with a hostile name."""
    about = (await known(side)).crm_id
    for answered in (True, False):
        answer = call(NUMBER, answered=answered, name=HOSTILE)
        is_id(await written(side, answer, about), "a call")
    must(len(side.other.texts()) >= 1, "no text of a call is there")  # some CRMs make the text themselves


async def a_call_whose_answer_was_lost_is_found(side: Trial) -> None:
    """`seek_call`; where calls are opened, opening it again, and one that is finished is not open any more."""
    about = (await known(side)).crm_id
    answer = call(NUMBER)
    side.other.lose_the_next_answer()
    await raises(_UNREACHABLE, written(side, answer, about), "a lost answer is an error that is tried again")
    if isinstance(side.gateway, CallLog):
        is_id(await side.gateway.seek_call(answer, about), "a call whose answer was lost (seek_call)")
        must(not await side.gateway.seek_call(call(NUMBER), about), "seek_call finds a call that was never written")
        return
    crm_call = await written(side, answer, about)
    is_id(crm_call, "a call whose answer was lost, opened again")
    again = side.gateway.finish_call(answer, crm_call, side.other.users[0])
    await raises(CrmMissing, again, "a call that is finished already is CrmMissing when it is finished")


async def a_call_on_a_card_that_is_gone_says_so(side: Trial) -> None:
    """CrmMissing, so that Ringback looks for another card; where the CRM itself places calls, the task says so."""
    about = (await known(side)).crm_id
    await side.other.remove(about)
    if isinstance(side.gateway, CallLog):
        put = side.gateway.put_call(call(NUMBER), about, side.other.users[0])
        await raises(CrmMissing, put, "a card that was deleted is CrmMissing")
    task = side.gateway.put_task(about, follow_up(call(NUMBER, answered=False), side.other.users[0]))
    await raises(CrmMissing, task, "a task on a card that was deleted is CrmMissing")


async def who_was_dismissed_is_refused_and_no_lock_out(side: Trial) -> None:
    """So that the next user is tried."""
    if side.other.dismissed:
        about = (await known(side)).crm_id
        task = side.gateway.put_task(about, follow_up(call(NUMBER, answered=False), side.other.dismissed))
        try:
            await task
        except CrmMissing as error:
            raise ContractBroken(f"a dismissed user is taken for a card that is gone: {error}") from error
        except CrmRefused:
            return
        raise ContractBroken(f"{side.other.dismissed} was dismissed, and yet has a task")


async def a_recording_is_put_once(side: Trial) -> None:
    """However often it is told."""
    about = (await known(side)).crm_id
    answer = call(NUMBER)
    crm_call = await written(side, answer, about)
    for _ in range(2):
        await side.gateway.put_recording(answer.call_id, about, crm_call, LINK, "mp3")
    count = sum(text.count(LINK) for text in side.other.texts())
    must(count == 1, f"the recording's link stands there {count} times")


# --- tasks and notes ----------------------------------------------------------------------------------------------


async def a_task_is_made_found_amended_and_closed(side: Trial) -> None:
    """Each of it as often as one likes."""
    about = (await known(side)).crm_id
    duty = follow_up(call(NUMBER, answered=False), side.other.users[1])
    must(not await side.gateway.seek_task(about, duty), "a task is found that was never made")
    task = await side.gateway.put_task(about, duty)
    is_id(task, "a task")
    must(side.other.open_tasks() == 1, "the task is not open")
    must(await side.gateway.seek_task(about, duty) == task, "seek_task does not find the task by its marker")
    for _ in range(2):
        await side.gateway.amend_task(about, task, "Not reached")
    must(sum(text.count("Not reached") for text in side.other.texts()) == 1, "amending twice writes twice, or nothing")
    for _ in range(2):
        await side.gateway.close_task(about, task, "Reached, 14:07")
    must(side.other.open_tasks() == 0, "the task is still open")


async def a_task_whose_answer_was_lost_is_found(side: Trial) -> None:
    """`seek_task`."""
    about = (await known(side)).crm_id
    duty = follow_up(call(NUMBER, answered=False), side.other.users[1])
    side.other.lose_the_next_answer()
    await raises(_UNREACHABLE, side.gateway.put_task(about, duty), "a lost answer is an error that is tried again")
    is_id(await side.gateway.seek_task(about, duty), "a task whose answer was lost (seek_task)")


async def a_task_that_is_gone_is_well(side: Trial) -> None:
    """A person deleted it: closing and amending do nothing."""
    about = (await known(side)).crm_id
    duty = follow_up(call(NUMBER, answered=False), side.other.users[1])
    task = await side.gateway.put_task(about, duty)
    await side.gateway.erase(Trace("task", task, duty.call_id, about, ""))
    await side.gateway.close_task(about, task, "Reached")
    await side.gateway.amend_task(about, task, "Not reached")


async def notes_are_written_and_written_anew(side: Trial) -> None:
    """The last word wins; several lines, hostile ones."""
    about = (await known(side)).crm_id
    answer = call(NUMBER)
    crm_call = await written(side, answer, about)
    notes = await side.gateway.put_notes(answer.call_id, about, crm_call, ["Olena: first word", "Tags: vip"])
    is_id(notes, "notes")
    await side.gateway.change_notes(answer.call_id, about, notes, ["Olena: second word <i>"])
    must(any("second word" in text for text in side.other.texts()), "changed notes are not there")
    must(not any("first word" in text for text in side.other.texts()), "the notes before are still there")
    await side.gateway.change_notes(answer.call_id, about, notes, ["Olena: second word <i>"])
    must(sum(text.count("second word") for text in side.other.texts()) == 1, "notes stand there twice")


# --- erasing ------------------------------------------------------------------------------------------------------


async def what_was_made_is_erased_and_again_is_well(side: Trial) -> None:
    """Notes, the task, the call: nothing of ours that could be deleted is left."""
    about = (await known(side)).crm_id
    answer = call(NUMBER, answered=False)
    crm_call = await written(side, answer, about)
    duty = follow_up(answer, side.other.users[1])
    task = await side.gateway.put_task(about, duty)
    notes = await side.gateway.put_notes(answer.call_id, about, crm_call, ["Olena: a word about her"])
    for role, crm_id in (("notes", notes), ("task", task), ("call", crm_call)):
        for _ in range(2):
            try:
                fate = await side.gateway.erase(Trace(role, crm_id, answer.call_id, about, crm_call))
            except CrmMissing:
                continue
            must(isinstance(fate.state, CopyState), "erase gives a Fate")
    left = [text for text in side.other.texts() if "a word about her" in text or duty.marker in text]
    must(not left, f"after erasing there is still {left}")


async def what_was_never_made_is_missing(side: Trial) -> None:
    """Without an id it is looked for."""
    about = (await known(side)).crm_id
    trace = Trace("task", "", call(NUMBER).call_id, about, "")
    await raises(CrmMissing, side.gateway.erase(trace), "what was never made is CrmMissing")


# --- errors -------------------------------------------------------------------------------------------------------


async def each_trouble_is_what_it_means(side: Trial) -> None:
    """So that messages wait, are tried again, or are dead letters, as they must."""
    about = (await known(side)).crm_id
    expected: tuple[tuple[BadAnswer, tuple[type[Exception], ...]], ...] = (
        (BadAnswer.THROTTLED, (CrmThrottled,)),
        (BadAnswer.LOCKED_OUT, (CrmDenied,)),
        (BadAnswer.REFUSED, (CrmRefused,)),
        (BadAnswer.BROKEN, (CrmBroken,)),
        (BadAnswer.NONSENSE, (CrmBroken,)),
    )
    for trouble, errors in expected:
        side.other.meet(trouble)
        duty = follow_up(call(NUMBER, answered=False), side.other.users[0])
        names = " or ".join(each.__name__ for each in errors)
        await raises(errors, side.gateway.put_task(about, duty), f"{trouble} is {names}")


async def a_refusal_is_no_card_that_is_gone(side: Trial) -> None:
    """CrmMissing makes Ringback look for another card: only for what is really not there."""
    about = (await known(side)).crm_id
    side.other.meet(BadAnswer.REFUSED)
    try:
        await side.gateway.put_task(about, follow_up(call(NUMBER, answered=False), side.other.users[0]))
    except CrmMissing as error:
        raise ContractBroken(f"a refusal is taken for a card that is gone: {error}") from error
    except CrmRefused:
        return
    raise ContractBroken("a refusal was no error")


async def trying_it_raises_nothing(side: Trial) -> None:
    """`examine` finds all well, and names a cure where something is not."""
    findings = await side.gateway.examine()
    wrong = [each for each in findings if each.cure]
    must(findings and not wrong, f"all is well there, and examine says {wrong}")
    side.other.meet(BadAnswer.LOCKED_OUT, times=20)
    must(any(each.cure for each in await side.gateway.examine()), "a key that is not good has no cure in examine")


# --- the audit ----------------------------------------------------------------------------------------------------


async def the_audit_finds_what_was_written(side: Trial) -> None:
    """`kept_calls`, by our ids, and nothing of another time."""
    about = (await known(side)).crm_id
    answer = [call(NUMBER), call(NUMBER, answered=False)]
    for each in answer:
        await written(side, each, about)
    day = timedelta(days=1)
    kept = await side.gateway.kept_calls(AT - day, AT + 400 * day)
    must({each.call_id for each in kept} == {each.call_id for each in answer}, f"the audit finds {kept}")
    must(all(each.started_at.tzinfo is not None for each in kept), "times are aware")
    must(not await side.gateway.kept_calls(AT - 40 * day, AT - 30 * day), "the audit finds calls of another time")


async def two_customers_are_kept_apart(side: Trial) -> None:
    """What is of one is not found on the other."""
    first, second = await known(side), await known(side, ANOTHER)
    duty = follow_up(call(NUMBER, answered=False), side.other.users[0])
    await side.gateway.put_task(first.crm_id, duty)
    there = await side.gateway.seek_task(second.crm_id, replace(duty, call_id="pbx:1.1"))
    must(not there, "a task of one customer is found on another's card")


CHECKS: Final[tuple[Check, ...]] = (
    an_unknown_number_is_nobody,
    a_person_is_found_however_their_number_is_spelled,
    a_number_that_ends_alike_is_somebody_else,
    the_owner_is_named,
    a_lead_is_made_once_and_found_again,
    a_call_is_written_and_bears_its_customer,
    a_call_whose_answer_was_lost_is_found,
    a_call_on_a_card_that_is_gone_says_so,
    who_was_dismissed_is_refused_and_no_lock_out,
    a_recording_is_put_once,
    a_task_is_made_found_amended_and_closed,
    a_task_whose_answer_was_lost_is_found,
    a_task_that_is_gone_is_well,
    notes_are_written_and_written_anew,
    what_was_made_is_erased_and_again_is_well,
    what_was_never_made_is_missing,
    each_trouble_is_what_it_means,
    a_refusal_is_no_card_that_is_gone,
    trying_it_raises_nothing,
    the_audit_finds_what_was_written,
    two_customers_are_kept_apart,
)
