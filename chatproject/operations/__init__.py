"""For operators: `start` (checks before serving), `health`, `telemetry` (metrics), `logs`, `backups`, `tables` (the
rows of a database, for backups and moves)."""
