-- When the next request may leave to whom; see crm_bridge/outbox/pace.py. Unlogged: a turn costs no write to disk, and
-- after a crash of the server we merely begin anew.
create unlogged table outbox_paces (
    pace    text primary key,
    next_at timestamptz not null
);
