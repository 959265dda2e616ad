"""What strangers may cost us, wherever they come from: their answers, their connections, their words in our log.

`bounded` reads what they send, `addresses` says which of theirs are public and `public_http` connects to no others,
`doorkeeper` stands at our HTTP port, `descriptors` keeps some back, `rarely` says again what happens again and again.
Knows nothing of calls.
"""
