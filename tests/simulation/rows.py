"""What must never be found in the rows, after a step or at the end: each query gives what is wrong, and where."""

from typing import Final

ROWS: Final = """
SELECT 'two open requests of one customer' AS what, customer AS which FROM callback_requests
WHERE closed_at IS NULL GROUP BY customer HAVING count(*) > 1
UNION ALL
SELECT 'two accepted attempts of one request', request_id::text FROM callback_attempts
WHERE ended_at IS NULL AND accepted_at IS NOT NULL GROUP BY request_id HAVING count(*) > 1
UNION ALL
SELECT 'a manager in two attempts', manager FROM callback_attempts
WHERE ended_at IS NULL GROUP BY manager HAVING count(*) > 1
UNION ALL
SELECT 'a request that stands ' || state || ' without an attempt', request_id::text FROM callback_requests r
WHERE state IN ('ringing', 'dialling', 'talking')
  AND NOT EXISTS (SELECT FROM callback_attempts a WHERE a.request_id = r.request_id AND a.ended_at IS NULL)
UNION ALL
SELECT 'an accepted attempt of a request that stands ' || r.state, r.request_id::text
FROM callback_requests r JOIN callback_attempts a USING (request_id)
WHERE a.ended_at IS NULL AND a.accepted_at IS NOT NULL AND a.withdrawn IS NULL AND r.state IN ('waiting', 'ringing',
'held') UNION ALL
SELECT 'a closed request whose promise is open', r.request_id::text FROM promises p JOIN callback_requests r USING
(request_id) WHERE r.closed_at IS NOT NULL AND p.settled_at IS NULL AND p.withdrawn_at IS NULL
UNION ALL
SELECT 'two promises of one slot', slot_of FROM promises
WHERE withdrawn_at IS NULL AND settled_at IS NULL GROUP BY slot_of, promised_at HAVING count(*) > 1
UNION ALL
SELECT 'two messages of one key on their way', target || ' ' || key FROM outbox_messages
WHERE state = 'sending' GROUP BY target, key HAVING count(*) > 1
"""
END: Final = """
SELECT 'a request that never ends: ' || state || ', waits for ' || waits_for AS what, request_id::text AS which
FROM callback_requests WHERE closed_at IS NULL
UNION ALL
SELECT 'an attempt that never ends', channel_id FROM callback_attempts WHERE ended_at IS NULL
UNION ALL
SELECT 'a promise that is not settled', promise_id::text FROM promises WHERE settled_at IS NULL AND withdrawn_at IS NULL
UNION ALL
SELECT 'a message that is ' || state || ': ' || kind || ' ' || reason, id::text FROM outbox_messages WHERE state <>
'delivered' UNION ALL
SELECT 'a missed call that nobody asked a callback for', c.call_id FROM calls c
LEFT JOIN callback_misses m USING (call_id)
WHERE c.disposition = 'missed' AND m.call_id IS NULL
UNION ALL
SELECT 'a dead letter: ' || left(reason, 200), call_id FROM dead_letters
UNION ALL
SELECT 'a call that never ends', call_id FROM calls WHERE ended_at IS NULL
UNION ALL
SELECT 'a closed request whose end was told ' || count(m.id) || ' times to ' || t.target, r.request_id::text
FROM callback_requests r CROSS JOIN outbox_targets t
LEFT JOIN outbox_messages m ON m.key = 'request:' || r.request_id AND m.target = t.target
     AND m.kind IN ('callback.reached', 'callback.done', 'callback.cancelled', 'callback.discarded')
WHERE r.closed_at IS NOT NULL GROUP BY r.request_id, t.target HAVING count(m.id) <> 1
"""


TO_RING: Final = """
SELECT request_id, round, manager, EXISTS (
    SELECT FROM callback_attempts o
    WHERE o.request_id = a.request_id AND o.round = a.round AND o.manager = a.manager AND o.attempt_key <> a.attempt_key
      AND o.outcome IN ('refused', 'handed_over', 'unregistered')) AS again
FROM callback_attempts a WHERE channel_id = $1 AND ended_at IS NULL
"""
