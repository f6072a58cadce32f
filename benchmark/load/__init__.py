"""A lean HTTP load, in a process of its own so that it takes as little as possible from what it measures.

Flow: `Plan` (where to, which bodies, how many clients, how long) as JSON on standard input -> keep-alive
connections in threads -> `Report` as JSON on standard output. The child imports the standard library only.
"""
