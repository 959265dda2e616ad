"""People: who somebody is, that they are signed in, and the one place that decides what they may see.

A `access.Person` comes out of a session (`door`), and an `access.Access` out of the person: the rows that they may see,
put into the lists' SQL by the builder of `crm_bridge.queries`. An API key has the access of everything within its
scopes.

A session is a row; what the browser holds is a token of 256 bits whose hash is in the row. It ends when it was not used
for 12 hours, after 14 days, when somebody ends it, and with a change of the password or of the role. Passwords are
argon2id (`passwords`); tries are counted in the database, so a restart forgives nobody (`tries`). Nobody has a password
to begin with: `ringback users` prints a link that opens once (`store`).

Unsafe requests with a cookie must come from our own pages (`door`): the browser itself says where a request comes from.
"""
