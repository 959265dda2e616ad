"""``ringback check`` on a real Asterisk."""

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from deploy.lab.company import Did
from deploy.lab.laboratory import Lab
from deploy.lab.telephones.scripts import answers
from telephony.settings import VoiceSettings
from telephony.voice.dialplan import Kind, render
from tests.acceptance.daemon.process import ROOT

pytestmark = pytest.mark.asyncio(loop_scope="module")
Config = Callable[..., Path]


async def check(config: Path) -> tuple[int, list[str]]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "service", "check", "--config", str(config),
        cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    said, complaints = await process.communicate()
    assert complaints == b""
    return process.returncode or 0, said.decode().splitlines()


def about(subject: str, lines: list[str]) -> str:
    return next(line for line in lines if line[6:].startswith(subject))


async def user(lab: Lab, name: str, lines: str) -> None:
    """Give the PBX another AMI user; ``lines`` are its section."""
    file = lab.pbx.folder / "etc" / "manager.conf"
    if f"[{name}]" not in file.read_text():
        file.write_text(f"{file.read_text()}\n[{name}]\nsecret = {lab.pbx.ami_secret}\n{lines}")
        await lab.pbx.command("manager reload")


def as_user(config: Path, name: str) -> Path:
    config.write_text(config.read_text().replace('name = "office"', f'name = "office"\nusername = "{name}"'))
    return config


async def test_a_good_installation_is_ok_in_every_line(lab: Lab, database: str, write_config: Config) -> None:
    await lab.pbx.add_dialplan("ringback", render(VoiceSettings(), Kind.ASTERISK))
    lab.world.phone("101").behaviour(answers(0.1, 0.1))  # Asterisk makes its CEL file with the first call
    await (await lab.world.call("+380671112233", Did.IVAN)).gone()
    code, lines = await check(write_config(dsn=database))
    assert [line for line in lines if not line.startswith("ok  ")] == []
    assert code == 0
    assert "schema up to date" in about("database", lines)
    assert f"Asterisk {lab.pbx.version}" in about("ami office", lines)
    assert "carrier by PJSIP/carrier-*" in about("trunks office", lines)
    assert str(lab.pbx.cel_file) in about("cel file office", lines)


async def test_a_wrong_secret_and_a_database_that_is_away_are_told_with_their_cures(write_config: Config) -> None:
    code, lines = await check(write_config(dsn="postgresql://x@127.0.0.1:1/x", secret="wr0ng"))
    assert code == 1
    assert about("ami office", lines).startswith("fail")
    assert "manager.conf" in about("ami office", lines)
    assert about("database", lines).startswith("fail")
    assert "Cure: start it, or correct `dsn`" in about("database", lines)
    assert "wr0ng" not in "".join(lines)


async def test_missing_rights_are_named_with_what_does_not_work(lab: Lab, database: str, write_config: Config) -> None:
    await user(lab, "meek", "read = system,call,agent,user,dialplan\nwrite = system,call\n")
    _, lines = await check(as_user(write_config(dsn=database), "meek"))
    assert about("rights office", lines).startswith("fail")
    assert "Originate" in about("rights office", lines)
    assert "callbacks and click-to-call" in about("rights office", lines)


async def test_a_user_who_hears_nothing_is_found_out(lab: Lab, database: str, write_config: Config) -> None:
    await user(lab, "deaf", "read = system\nwrite = system,call,reporting,originate\n")
    _, lines = await check(as_user(write_config(dsn=database), "deaf"))
    assert about("events office", lines).startswith("fail")
    assert "heard nothing" in about("events office", lines)


async def test_a_filter_that_holds_back_too_much_is_named(lab: Lab, database: str, write_config: Config) -> None:
    filters = "".join(f"eventfilter(action(include),name({name})) =\n" for name in ("Newchannel", "Hangup"))
    await user(lab, "narrow", f"read = all\nwrite = system,call,reporting,originate\n{filters}")
    _, lines = await check(as_user(write_config(dsn=database), "narrow"))
    assert about("events office", lines).startswith("warn")
    assert "BridgeEnter" in about("events office", lines)
    assert "VarSet" in about("events office", lines)


async def test_a_trunk_that_no_endpoint_fits_is_told_with_those_there_are(database: str, write_config: Config) -> None:
    config = write_config(dsn=database)
    config.write_text(config.read_text().replace("PJSIP/carrier-*", "PJSIP/provider-*"))
    _, lines = await check(config)
    assert about("trunks office", lines).startswith("warn")
    assert "carrier" in about("trunks office", lines)


async def test_contexts_that_no_endpoint_has_are_told_with_those_there_are(database: str, write_config: Config) -> None:
    """A trunk that was led through another context makes every call internal, and nothing else says so."""
    config = write_config(dsn=database)
    by_name = config.read_text()
    config.write_text(by_name.replace('trunks = ["PJSIP/carrier-*"]', 'trunk_contexts = ["from-pstn*"]'))
    _, lines = await check(config)
    assert about("trunks office", lines).startswith("warn")
    assert "from-trunk" in about("trunks office", lines).partition("Cure")[2]
    config.write_text(by_name.replace('trunks = ["PJSIP/carrier-*"]', 'trunk_contexts = ["from-trunk*"]'))
    _, lines = await check(config)
    assert about("trunks office", lines).startswith("ok")


async def test_a_cel_conf_that_is_a_link_is_no_missing_one(lab: Lab, database: str, write_config: Config) -> None:
    """FreePBX links its files into the web root, where AMI may not read them; nobody is told to write over it."""
    file, elsewhere = lab.pbx.folder / "etc" / "cel.conf", lab.folder / "cel.conf"
    file.rename(elsewhere)
    file.symlink_to(elsewhere)
    try:
        _, lines = await check(write_config(dsn=database))
    finally:
        file.unlink()
        elsewhere.rename(file)
    assert about("cel office", lines).startswith("ok")
    assert "is a link" in about("cel office", lines)


async def test_wrong_settings_are_the_first_and_only_lines(write_config: Config) -> None:
    config = write_config()
    config.write_text(config.read_text().replace("port =", "prot ="))
    code, lines = await check(config)
    assert code == 2
    assert all(line.startswith("fail  settings") for line in lines)
    assert "Did you mean `port`?" in lines[0]
