"""What runs the network: full batches of tiles in, class planes out, one module a runtime.

`interface` says what an engine is, `choice` picks the fastest that the machine supports. Only this folder and
`handler.network` know torch or OpenVINO.
"""
