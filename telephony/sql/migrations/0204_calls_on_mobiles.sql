-- A call that follow-me sent to a manager's mobile is that person's: `manager` holds the extension by which the directory
-- knows them, so that figures and filters find it. answered_by_number and talked_last_number keep the mobile.
-- Mobiles without a country code are not compared here (the region is a setting); calls to come are.

UPDATE calls SET manager = person.extension
FROM (
    SELECT DISTINCT ON (mobile) mobile, split_part(split_part(endpoint, '/', 2), '@', 1) AS extension
    FROM managers
    WHERE mobile LIKE '+%'
    ORDER BY mobile, place, manager_id
) AS person
WHERE calls.manager = person.mobile AND calls.manager <> '' AND person.extension <> '';

COMMENT ON COLUMN calls.manager IS
    'The person of ours who talked with the customer last, or who called; canonical; by their extension if they were on the mobile that the directory knows; empty if nobody did';
