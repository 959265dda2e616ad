"""What the daemon needs beyond each setting being right by itself."""

from collections import Counter
from pathlib import Path

from telephony.configuration.environment import variable
from telephony.errors import SettingsError
from telephony.settings import TelephonySettings


def demand(settings: TelephonySettings, file: Path | None) -> None:
    """Check that each PBX has a name of its own and a secret.

    Raises:
        SettingsError: with all that is missing, a line each.
    """
    origin = str(file) if file else "settings"
    wrong = [
        f"{origin}: pbx.{index}.name: {pbx.name!r} is another PBX's, too. It is part of a call's identity: change it."
        for index, pbx in enumerate(settings.pbx)
        if Counter(other.name for other in settings.pbx[: index + 1])[pbx.name] > 1
    ]
    wrong += [
        f"{origin}: pbx.{index}.secret: missing. Write `secret` (or `secret_file`) under [[pbx]], or set "
        f"{variable(('pbx', index, 'secret'))}: it is the secret of [{pbx.username}] in {pbx.host}'s manager.conf."
        for index, pbx in enumerate(settings.pbx)
        if not pbx.secret.get_secret_value()
    ]
    if wrong and file is None:
        wrong.append("No settings file was found here (ringback.toml) or in /etc/ringback: see deploy/ringback.toml.")
    if wrong:
        raise SettingsError("\n".join(wrong))
