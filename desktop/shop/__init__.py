"""The seller's records as frozen dataclasses. No I/O, no Qt."""
