"""An incoming request, reduced to what the clouds go by. No web framework beyond this point."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Incoming:
    """One HTTP request. Header names are lower-case; ``query`` and ``form`` are decoded."""

    method: str
    path: str
    host: str  # as the client wrote it, with the port if there is one
    headers: Mapping[str, str]
    query: Mapping[str, str]
    form: Mapping[str, str]
    body: bytes
    source_ip: str
    secure: bool
    raw_query: str = ""  # as it was sent

    @property
    def hostname(self) -> str:
        """The host without a port (and without the ``http://`` that some SDK settings leave in it)."""
        bare = self.host.split("://")[-1]
        return bare.rsplit(":", 1)[0].lower() if ":" in bare else bare.lower()

    @property
    def merged(self) -> dict[str, str]:
        """Query and form together; the form wins."""
        return {**self.query, **self.form}
