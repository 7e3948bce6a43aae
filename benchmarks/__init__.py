"""What this package costs in calls and in time, beside what one resource per instance costs. See ``--help``.

Calls are exact: the emulator counts them. Seconds are of this machine at this moment, so only the ratio within one
run means anything, and nothing is asserted on it.
"""
