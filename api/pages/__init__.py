"""
The pages: server-rendered, readable without scripts, open to anybody but for the desk of staff.

`api.pages.mount` puts them onto an application that has `state.settings` and `state.resources`, of
which the public ones take the reading pool alone. The public ones read PostgreSQL only, through
adapters/postgres/<area>/reads, and never ask a workflow; the desk calls what the API's routes call.
"""
