-- Figures of unhappy customers, and of how good the data is. $1 to $2: the moments.

-- name: cases
select count(*) as cases, count(*) filter (where escalated_at is not null) as cases_late,
       count(*) filter (where closed_at is not null) as cases_closed, count(*) filter (where changed <> '') as cases_changed
from cases where opened_at >= $1 and opened_at < $2

-- name: cases_by_cause
select cause as key, count(*) as cases from cases
where opened_at >= $1 and opened_at < $2 and cause <> '' group by 1 order by 2 desc, 1

-- name: cases_by_why
-- A case counts for each kind of its reasons.
select r.why as key, count(distinct c.case_id) as cases
from cases c join case_reasons r using (case_id)
where c.opened_at >= $1 and c.opened_at < $2 group by 1 order by 2 desc, 1

-- name: quality
select count(*) filter (where disposition = 'answered') as talks,
       count(*) filter (where disposition = 'answered' and not exists (
           select from published.recordings r where r.call_id = calls.call_id and r.path is not null and r.deleted_at is null))
           as unrecorded,
       count(*) filter (where repaired) as repaired
from published.calls where started_at >= $1 and started_at < $2
