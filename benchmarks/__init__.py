"""Speed beside other servers: `python -m benchmarks.fanout`, `python -m benchmarks.durable`; see README.md."""
