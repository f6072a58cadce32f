"""Programs on the user's side of the REST interface: a typed client, and `make score` built on it.

Flow: files -> chunks -> POST /api/v1/analyses -> answers as types -> table, JSON, overlays.
"""
