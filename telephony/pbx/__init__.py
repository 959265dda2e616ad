"""What Ringback asks of a PBX: typed requests, the texts in them checked, and what a refusal's words mean. Pure.

A request is a frozen value of `requests`; `asking.ask` sends it over whatever is a `telephony.ports.Actions`. How the
bytes travel is `telephony.ami`'s; nobody else writes AMI headers.
"""
