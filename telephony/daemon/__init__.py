"""What every long-running service needs, whatever it is for: owned tasks, health, logs, systemd's words, an HTTP port.

`supervisor` owns every task and everything that must be closed, and stops them in the reverse order of their start; a
loop that dies stops the service with its reason. `health` asks each part how it is; `systemd` tells it on, and holds
back the watchdog's sign of life when a part is stuck (not when it waits for somebody else: a PBX that is down is not
cured by restarting us). `http_server` shows the same as /healthz and the figures of `figures` as /metrics. `logs` sets
up structlog. `application` wires the telephony side: `parts` are built whole, `pbx_session` is one PBX's chain from
link to ledger.
"""
