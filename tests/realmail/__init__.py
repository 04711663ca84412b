"""A mail server as offices run them, for tests: Debian's Postfix and Dovecot, on loopback.

Started by the tests with a configuration of their own on free high ports, beside whatever the
machine itself runs, and gone at the end. Both want root, and the users their packages make.
"""
