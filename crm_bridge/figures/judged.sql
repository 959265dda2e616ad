-- Figures of calls that people heard, by when the calls began. $1 to $2: the moments.

-- name: reviewed
select manager, count(*) as reviewed, count(*) filter (where drawn) as reviewed_drawn,
       avg(score) filter (where drawn) as review_average, count(*) filter (where fatal) as reviewed_fatal,
       count(*) filter (where state = 'disputed') as reviewed_disputed
from published.reviews
where started_at >= $1 and started_at < $2 and state in ('scored', 'disputed', 'settled')
group by grouping sets ((), (manager))
order by manager nulls first
