"""The paper's results section, and what it leaves out, as pure functions on arrays.

Flow: `EvaluatedField`s -> a system's answers -> `FieldRecord`s -> a module a table (pixels, index,
categories, detection, counts, calibration), each with bootstrap intervals -> `document` -> `report`
(JSON, Markdown, HTML).
"""
