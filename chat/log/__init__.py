"""The log of messages: `rows` is the shape of one, `store` writes them (with `statements`), `history` and `summaries`
read them."""
