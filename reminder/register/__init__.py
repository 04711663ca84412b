"""Facts in and out of files: reading and checking registers, and writing any table.

Knows nothing of the database; what needs both stands in ``jobs/importing.py``.
"""
