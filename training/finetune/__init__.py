"""Fine-tuning: a shipped version and a laboratory's own points in, a version of its own out.

parent + fields -> training (mixed with phantoms) -> parameters (chosen on the training part)
-> parent and child compared on held-out fields and on phantoms -> verdict -> version folder, report
"""
