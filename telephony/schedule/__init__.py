"""When we work.

A `Calendar` is asked three things, all without I/O and clocks: is it open at this moment, when does it open next, and
how many working seconds lie between two moments. Promises and the callback ladder count in working seconds, so that a
call missed at 17:58 is not late at 18:03 but at 09:03 the next morning.

`rules` is pure. A calendar is made of a weekly schedule with a time zone, in OSM ``opening_hours`` syntax, and of rules
for single days; what overrides what is said in `rules.calendars`. `rules.assembly` makes the company's calendars of
the settings and of all that is known from elsewhere; that changes while the daemon runs, so everybody holds the
`rules.almanac`, which gives those of now.

Who changes it: `watch` looks at files, at links' copies in the database and at the API's days (`store`), and retells
the almanac; `fetching` asks links over HTTP or CalDAV (`caldav`) and keeps their copies. A stranger's calendar is read
(`rules.icalendar_files`, `rules.multistatus`) in a process of its own (`unrolling`), for it may take for ever. What
cannot be read never replaces what could.
"""
