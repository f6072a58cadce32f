"""Load tests that can fail: profiles in, a run folder, missed objectives and a capacity report out."""
