-- name: link
insert into crm_links (crm, key, role, crm_id, linked_at) values ($1, $2, $3, $4, $5)
on conflict (crm, key, role) do update set crm_id = excluded.crm_id, linked_at = excluded.linked_at;

-- name: links
select role, crm_id from crm_links where crm = $1 and key = $2;

-- name: next_turn
insert into crm_turns (crm, rule, turn) values ($1, $2, 0)
on conflict (crm, rule) do update set turn = crm_turns.turn + 1
returning turn;
