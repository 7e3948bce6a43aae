"""Desired and observed become the list of calls, as data. Pure, no I/O.

One module a resource: each takes what is wanted, what the cloud shows and what is known of the past, and returns calls
(:mod:`.calls`) or refuses with faults (:mod:`.faults`). An executor elsewhere carries the calls out. Because nothing
here reaches for a cloud, preflight and update share these functions, and tests compare plans as values.
"""
