"""The outside world on loopback: clouds to talk to and an engine to deploy with. A distribution of its own."""
