"""A plain program that tries hard to break the guarantees: `python -m tests.faults.torture --help`."""
