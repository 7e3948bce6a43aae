"""Retry, rate limit and redaction: once, for every cloud."""
