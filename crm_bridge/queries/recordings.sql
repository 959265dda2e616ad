-- Recordings, links to them, and who listened.

-- name: of_call
select recording_id, call_id, channel, started_at, seconds, sides, adopted, verdict, format, bytes, levels, voiced, kept_at,
       deleted_at
from published.recordings where call_id = $1 order by started_at, recording_id

-- name: call_verdict
select wanted, stage, verdict, why, held from published.recorded_calls where call_id = $1

-- name: one
select recording_id, call_id, channel, started_at, seconds, sides, adopted, verdict, format, bytes, levels, voiced, kept_at,
       deleted_at
from published.recordings where recording_id = $1

-- name: file
select recording_id, call_id, path, format, bytes, sha256, kept_at, deleted_at
from published.recordings where recording_id = $1

-- name: peaks
select peaks from published.recording_peaks where recording_id = $1

-- name: goes_on
-- One listening is many requests of a player: it lasts while they come within ten minutes of each other.
update listenings set heard_until = $4
where id = (
    select id from listenings
    where recording_id = $1 and key_id = $2 and way = $3 and heard_until > $4::timestamptz - interval '10 minutes'
    order by heard_until desc limit 1)
returning id

-- name: begin
insert into listenings (recording_id, call_id, by_whom, key_id, way, at, heard_until, from_byte)
values ($1, $2, $3, $4, $5, $6, $6, $7)

-- name: listenings
select by_whom, key_id, way, at, heard_until, from_byte from listenings where recording_id = $1 order by id desc limit $2

-- name: make_secret
insert into api_secrets (purpose, secret) values ($1, $2) on conflict (purpose) do nothing

-- name: secret
select secret from api_secrets where purpose = $1

-- name: ready
select recording_id, started_at, seconds, sides, format, bytes
from published.recordings where call_id = $1 and path is not null and deleted_at is null order by started_at, recording_id

-- name: tell_live
select pg_notify('ringback_live', $1)

-- name: call_known
select true from published.calls where call_id = $1
