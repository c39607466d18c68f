"""Search: what a query means (`query`), and which messages it finds (`find`)."""
