"""``ringback attach --on root@pbx``: the PBX is on another machine, which has a shell and Asterisk and nothing of ours.

1. `collect.sh` runs there, reads, and sends a tar: configuration files (secrets masked in all that we never write), the
   answers of Asterisk's console, which distribution's marks are there;
2. here the plan is made of that copy as of a tree of one's own, shown, and asked about once;
3. `apply.sh` runs there, gets the planned files as a tar, looks that nothing changed since, keeps what was there in
   a folder of root's, puts each file in place by a rename, and has Asterisk reload;
   a second run's steps join the first's;
4. `undo.sh` puts all back, by the same table as `deploy.attach.undoing`.

AMI and FastAGI go through ssh, too (`tunnel`): the PBX goes on listening at its own address only.
"""
