"""The database: one file per noun. It hands out frozen values; rows stay in here."""
