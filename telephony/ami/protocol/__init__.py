"""What AMI's bytes mean, and what may be sent: pure.

`parser` cuts bytes into messages, `messages` reads them into channel events (`legacy` for Asterisk 1.4 to 11),
`validation` refuses what must not be sent.
"""
