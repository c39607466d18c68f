"""The log of messages: `store` writes it (with `statements`), `history` and `summaries` read it."""
