"""From a run folder to figures: phases, knee, recovery, growth of memory, stages, costs."""
