-- name: link
insert into crm_links (crm, key, role, crm_id, linked_at) values ($1, $2, $3, $4, $5)
on conflict (crm, key, role) do update set crm_id = excluded.crm_id, linked_at = excluded.linked_at;

-- name: links
select role, crm_id from crm_links where crm = $1 and key = $2;

-- name: unlink
delete from crm_links where crm = $1 and key = $2 and role = any ($3::text[]);

-- name: next_turn
insert into crm_turns (crm, rule, turn) values ($1, $2, 0)
on conflict (crm, rule) do update set turn = crm_turns.turn + 1
returning turn;

-- name: manager_of
-- The directory's manager with an extension: called so, or with a phone of that name.
select manager_id from published.managers
where manager_id = $1 or split_part(endpoint, '/', 2) = $1
order by manager_id = $1 desc, manager_id limit 1;
