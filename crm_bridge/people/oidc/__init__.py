"""Signing in by the company's own provider: OpenID Connect, the code flow with PKCE. Off unless `[oidc]` names one.

The browser is sent to the provider with a *state*, a *nonce* and a challenge, all new; what belongs to them is a row
that is used once, and only by the browser that began (it holds a cookie). Back with a code, we ask the provider
for the ID token, which must be signed by one of its keys, be meant for us, be fresh, and bear our nonce (`tokens`).

Who it is, is said by one claim (`OidcSettings.user_claim`), once: from then on the provider's own name for them (`sub`)
is kept with the user, and nobody else comes in as them, to whomever an address is given later. Nobody is added by
signing in, unless the settings say so and a claim gives a role.
"""
