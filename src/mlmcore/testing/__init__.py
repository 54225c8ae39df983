"""What users test with: a throw-away PostgreSQL, and the contracts that every repository must keep.

`server` starts a real PostgreSQL without installing one; `contracts` examines a repository of your own.
"""
