"""A real Asterisk in a folder: the PBX of a small company, and the whole world that calls it.

Two Asterisks talk real SIP and RTP over loopback::

    pbx     the PBX under test: trunk, DIDs, managers 101..106, ring group, queue, menu, voicemail, parking ...
    world   everybody else: the carrier, the customers, and the managers' telephones

Nobody in `world` follows a fixed dialplan. Each of its call legs asks this process what to do (FastAGI), and a *script*
- a small coroutine - rings, answers, talks, presses keys, holds, transfers, hangs up. So a test writes down a
conversation as it would be told, and afterwards asks each telephone what it really received.

The rooms, in the order in which they are used::

    apt_sources, unpack, programs   where asterisk, sipp and espeak-ng come from (PATH, or Debian's unpacked in a cache)
    company                         who works there, under which numbers (values only)
    configuration                   the two instances' configuration folders, from the templates in pbx/ and world/
    instance                        one Asterisk process: start, ready, restart, kill, gone with its parent
    ami, agi                        the lab's own small clients (the product's are under test, so not used here)
    scripts                         behaviours: what a leg of `world` does
    world                           telephones and customers: calls made, calls received, what each one heard
    laboratory                      all of it together: ``async with Lab.start(folder) as lab``
    capture                         AMI and CEL of one scenario as files, with the truth of what was played

Only the standard library is needed. ``python -m deploy.lab`` starts it by hand; see README.md.
"""
