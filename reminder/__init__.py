"""Reminder service for cooperation agreements of local governments."""

__version__ = "0.1.0"
