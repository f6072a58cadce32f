"""`make run`: TorchServe, gateway and worker as processes of one machine, under one supervisor.

Flow: settings -> preflight -> archive, database -> services -> supervisor (a guard for each process).
"""
