"""The web pages: thin over what storage holds. GET shows; nothing here changes anything."""
