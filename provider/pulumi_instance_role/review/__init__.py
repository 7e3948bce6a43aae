"""A change review: what a preview does to permissions, for people who approve and pipelines that decide.

``preview`` reads what ``pulumi preview --json`` wrote, ``picture`` lays out who holds what before and after,
``policy/`` says what that allows, ``rules/`` judge it, ``forms/`` write it down. Nothing here calls a cloud but
``live``, and that only when it is asked to.
"""
