"""The tracker: channel events in, call events out. Pure: no clock, no log, no await.

`tracker` is the door. `state` changes what is known, `index` finds it again, `handlers` has one function for each
kind of event, `lifecycle` is the table of a call's states; `merging`, `joining` and `transfers` decide which legs
are one call, `outcome` what became of it, `parties` and `trunks` who took part.
"""
