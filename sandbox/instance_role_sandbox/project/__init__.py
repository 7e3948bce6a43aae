"""A project against the sandbox, in one command: ``instance-role sandbox project up``.

Everything a Pulumi project needs from outside is brought to it through the environment alone: a cloud (the emulator),
an engine (the Pulumi CLI where there is one, else the embedded engine) and a plugin for ``pulumi_alicloud`` (the real
one where there is one, else the stand-in). Program and stack files are what they are on a real account, and stay
untouched. Real credentials in the caller's environment are taken out of it before anything is started.

All that is kept lies in the project's ``.sandbox/``.
"""
