"""When we work.

A `Calendar` is asked three things, all without I/O and clocks: is it open at this moment, when does it open next, and
how many working seconds lie between two moments. Promises and the callback ladder count in working seconds, so that a
call missed at 17:58 is not late at 18:03 but at 09:03 the next morning.

This is one weekly schedule with a time zone, in OSM ``opening_hours`` syntax. Holidays, DIDs with hours of their own
and managers' absences will make a `Calendar` out of more than one expression; whoever asks it will not notice.
"""
