"""A stack against the cloud: what differs from what its state says. Reads only."""
