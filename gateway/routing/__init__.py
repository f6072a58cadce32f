"""Which version of the model scores an image: routes kept in the database, read by every process.

    operator -> PUT routes -> `store` -> `board` (cached for a second) -> `choosing` -> the analysis' row
    scoring  -> `asking` (the version chosen, the default where that one cannot) -> `comparing` (afterwards)
    `comparing`, `watching` -> `judging` -> `withdrawing`: a canary that fails or disagrees is taken out

`routes`, `choosing` and `judging` are pure.
"""
