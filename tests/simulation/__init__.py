"""A deterministic simulation: years of the service against faults, crashes and edits.

One process, one thread, one seed. The production jobs run on a real SQLite file; the clock,
the relay, deaths of the process, people and the register are simulated. ``judge`` holds what
came of it against an independent model and against what the relay says it took.
"""
