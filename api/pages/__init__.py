"""
The pages: server-rendered, readable without scripts, open to anybody but for the desk of staff.

`api.pages.mount` puts them onto an application that has `state.engine` and `state.settings`, and
`state.resources` where people sign in. The public ones read PostgreSQL only, through
adapters/postgres/pages*.py, and never ask a workflow; the desk calls what the API's routes call.
"""
