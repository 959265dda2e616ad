-- What people did, newest first.

-- name: page
-- $1: so many; $2: before this moment, or null. Each source gives its own newest, so that none is read whole.
select * from (
  (select at, by_whom, 'listened' as what, call_id as about, null::bigint as request_id
   from listenings where $2::timestamptz is null or at < $2 order by at desc limit $1)
  union all
  (select at, author, 'commented', call_id, null from call_comments where $2 is null or at < $2 order by at desc limit $1)
  union all
  (select at, author, 'result', call_id, null from call_results where $2 is null or at < $2 order by at desc limit $1)
  union all
  (select at, by_whom, 'callback.' || verb, '', request_id
   from published.callback_history where by_whom <> '' and ($2 is null or at < $2) order by at desc limit $1)
  union all
  (select at, by_whom, 'privacy.' || action, '', null
   from published.privacy_log where $2 is null or at < $2 order by at desc limit $1)
  union all
  (select changed_at, by_whom, 'calendar', day::text, null
   from published.calendar_days where $2 is null or changed_at < $2 order by changed_at desc limit $1)
  union all
  (select at, by_whom, 'case.' || verb, '', null
   from case_history where by_whom <> '' and ($2 is null or at < $2) order by at desc limit $1)
  union all
  (select at, by_whom, what, about, null from deeds where $2 is null or at < $2 order by at desc limit $1)
) done
order by at desc
limit $1
