"""What people install: a wheel, a source archive and a Debian package, made from what git knows and from the lock.

`tree` copies what git knows (and what npm's lock gave for browsers) into a folder of its own with one mode and one time
for all, so that neither leftovers nor the builder's umask get into a package; it makes the wheel and the source archive
there. `others` fetches the locked wheels of others for each Python of the distributions and unpacks them. `debian`
puts it all under /usr/lib/ringback, with `debian/`'s scripts. `release` checks that all agree on a version,
and makes the whole.

Equal input gives equal bytes: times are SOURCE_DATE_EPOCH, by default the commit's own.
"""
