-- What was said in recordings, as text.

-- name: claim
-- $1 now, $2 until when it is ours, $3 how old a recording may be, $4 the most tries.
insert into transcripts (recording_id, state, tries, lease_until)
select r.recording_id, 'working', 1, $2
from published.recordings r
left join transcripts t using (recording_id)
where r.started_at > $3 and r.verdict = 'good' and r.deleted_at is null and r.bytes > 0
  and (t.recording_id is null or t.state <> 'done' and t.tries < $4 and t.lease_until < $1)
order by r.started_at desc
limit 1
on conflict (recording_id) do update set state = 'working', tries = transcripts.tries + 1, lease_until = excluded.lease_until
where transcripts.lease_until < $1
returning recording_id, (select path from published.recordings r where r.recording_id = transcripts.recording_id) as path,
          (select sides from published.recordings r where r.recording_id = transcripts.recording_id) as sides,
          (select seconds from published.recordings r where r.recording_id = transcripts.recording_id)::float8 as seconds

-- name: done
update transcripts set state = 'done', why = '', made_at = $2 where recording_id = $1 returning recording_id

-- name: failed
update transcripts set state = 'failed', why = $2 where recording_id = $1

-- name: clear
delete from transcript_lines where recording_id = $1

-- name: write
insert into transcript_lines (recording_id, place, side, start, until, text) values ($1, $2, $3, $4, $5, $6)

-- name: drop_deleted
-- Text goes with its sound.
delete from transcripts where recording_id in (
    select t.recording_id from transcripts t join published.recordings r using (recording_id) where r.deleted_at is not null limit 500)

-- name: of_call
select l.recording_id, l.side, l.start, l.text
from transcript_lines l join published.recordings r using (recording_id)
where r.call_id = $1 order by r.started_at, l.recording_id, l.place

-- name: forget
delete from transcripts where recording_id in (select recording_id from published.recordings where call_id = any ($1::text[]))
