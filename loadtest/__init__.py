"""Load tests that can fail: people who use the service as people do, and a check of every answer.

Flow: pictures -> idle pass (what is right) -> capacity -> plan -> locust (arrivals, people, checks) -> run
folder (requests, samples, metrics) -> count of records -> objectives. `python -m loadtest` runs it all;
locust runs in a process of its own, as it patches the standard library.
"""
