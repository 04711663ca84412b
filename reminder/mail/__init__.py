"""Mails: from facts to words, from words to bytes, from bytes to a relay or a folder."""
