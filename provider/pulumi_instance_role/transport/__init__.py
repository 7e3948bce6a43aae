"""Retry, pace, shared reads, calls side by side and redaction: once, for every cloud."""
