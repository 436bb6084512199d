"""A second budget system, written from the rules alone, and a machine that drives both and compares them.

Nothing in `facts.py`, `model.py` and `walltime.py` imports the system: what they say comes from the rules, by other
means than the system's. The system keeps totals and stored instants; the oracle keeps lists and works everything out
anew each time it is asked.
"""
