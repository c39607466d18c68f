"""What an operator needs: checks at the start, health, metrics, logs, backups."""
