"""Ki-67 scoring domain: image bytes in, nuclei and proliferation index out.

Flow: image -> scale -> tiling -> engines -> probability -> decoding -> scoring -> rendering.
Everything here is pure (arrays and frozen dataclasses); only `torchserve` knows the server, only
`engines`, `network` and `architectures` know a runtime. The folder travels whole inside every model archive.
"""
