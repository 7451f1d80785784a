"""Every handler and route of the running server, attacked as every role.

`launch` starts the real server and deliberately broken variants of it, `world` seeds what is worth stealing, `wire` is
a client without manners, `payloads` what it sends, `good` what people send, `campaign` the attack and its oracles,
`outcome` what a person notices of an attempt, `findings` what is told in the end.
"""
