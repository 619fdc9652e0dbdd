"""`make reliability`: the figures Kyoso publishes about its own reliability, made on real parts.

A figure is a module with `measure(stage) -> Figure`, named in `figures.FIGURES`. Correctness is checked and
decides about the exit status; speed is published. `stage.py` says what a figure is given, `figures.py` what
it gives back, `report.py` how it is written down.
"""
