"""Alibaba Cloud as its clients see it: one RPC gateway, the products behind it, and the instance metadata service."""
