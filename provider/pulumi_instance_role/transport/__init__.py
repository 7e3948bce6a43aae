"""Retry, pace, shared reads, several questions in one call, calls side by side and redaction: once, for every cloud."""
