-- Whose calls are whose: for all that is done with everything of one number.

CREATE FUNCTION published.calls_of(number text) RETURNS SETOF text LANGUAGE sql STABLE AS $$
    SELECT call_id FROM calls WHERE customer = $1 AND $1 <> ''
    UNION SELECT call_id FROM callback_misses WHERE customer = $1 AND $1 <> ''
$$;
COMMENT ON FUNCTION published.calls_of IS
    'The calls of a canonical number, also those whose hidden caller keyed it in to be called back';
