"""The history of the schema, applied by ``storage/schema.py``.

To change a table: change it in ``tables.py``, add ``versions/NNNN_what.py`` with explicit
operations (batch operations for what SQLite cannot alter), and add NNNN to
``schema.REVISIONS``. ``tests/integration/test_schema.py`` fails while the two differ.
"""
