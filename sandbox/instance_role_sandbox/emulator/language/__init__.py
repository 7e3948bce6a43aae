"""The clouds' policy languages as the emulator understands them, written from the clouds' pages.

Nothing here is taken from the provider's own parser and evaluation: if the emulator shared them, it could not find
them wrong. A test compares the two. What no page settles is a switch.
"""
