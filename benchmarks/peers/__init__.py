"""The servers that ours is measured beside. Each speaks the same few frames; none knows users or policy."""
