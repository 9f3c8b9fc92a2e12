"""The REST API: addresses below /api/v1/, opened by keys, answering JSON."""
