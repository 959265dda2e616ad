-- An attempt's call, as the published view names it: each call's page asks whether it was one.

CREATE INDEX attempts_by_call ON callback_attempts ((pbx || ':' || channel_id));
