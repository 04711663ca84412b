"""Mutants: one promise of delivery broken at a time, to see whether the tests notice."""
