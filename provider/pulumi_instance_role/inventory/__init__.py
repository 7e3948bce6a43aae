"""An account as it is: which instances hold which role, what nobody holds, whose each thing is, which keys are idle.

Reads only. What the caller may not read is named as not read, and never taken for empty.
"""
