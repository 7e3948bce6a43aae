"""Stand-ins for the clouds' own Pulumi plugins, for machines that have none.

Programs declare networks and instances with the clouds' real packages (``pulumi_alicloud``,
``tencentcloud_iac_pulumi``), which are only half of a Pulumi package: the other half is a plugin, a program of its own
that carries the declarations out. It comes from a download that a bare machine cannot make. This package serves in its
place, by its name, to any engine that speaks Pulumi's plugin protocol.

A stand-in is small on purpose: the types and functions of the example stacks (``catalogue.py`` of each cloud lists
them, as data), the same API calls that the real plugin makes, a clear error for anything else. It talks to loopback
alone and says in its version that it is a stand-in. It shares nothing with the provider's own adapters in ``clouds/``:
what is wrong there must not be wrong here in the same way.
"""
