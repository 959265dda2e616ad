-- Filters that the ledger's own indexes do not serve: seldom values would make the list read years of calls.

create index calls_by_missed_reason on calls (missed_reason, started_at) where missed_reason is not null;
create index calls_by_uncommon_kind on calls (kind, started_at) where kind <> 'ordinary';

-- Messages that somebody may have to look at; those delivered are found by their id.
create index outbox_messages_undelivered on outbox_messages (state, id) where state <> 'delivered';
create index outbox_messages_by_target on outbox_messages (target, id);
