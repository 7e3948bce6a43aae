"""A cloud's error codes as a table, and the error that a code becomes.

Match on codes only: messages differ by age, by region and by language.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from fnmatch import fnmatchcase

from pulumi_instance_role.clouds.hints import hint_of
from pulumi_instance_role.clouds.port import CloudError, ErrorKind
from pulumi_instance_role.records import dataclass
from pulumi_instance_role.transport.redact import redact

NO_CONNECTION = "NoConnection"
"""Our own code: the request never left, so nothing can have happened."""
NO_ANSWER = "NoAnswer"
"""Our own code: the request left and no answer came, so it is not known what happened."""
EMPTY_BODY = "EmptyBody"
"""Our own code: an answer without content; seen from ECS for attach, detach and describe."""
UNREADABLE_BODY = "UnreadableBody"
"""Our own code: an answer that is not JSON, or not what the operation answers."""

OWN: tuple[tuple[str, ErrorKind], ...] = (
    (EMPTY_BODY, ErrorKind.UNAVAILABLE),
    (UNREADABLE_BODY, ErrorKind.UNAVAILABLE),
    (NO_CONNECTION, ErrorKind.UNREACHABLE),
    (NO_ANSWER, ErrorKind.UNREACHABLE),
)


@dataclass(frozen=True)
class Codes:
    """What the codes of one cloud mean. In ``kinds`` and ``hints`` the first match wins; * is a wildcard."""

    kinds: tuple[tuple[str, ErrorKind], ...]
    hints: tuple[tuple[str, str], ...]
    statuses: Mapping[int, ErrorKind] = field(default_factory=dict)  # for codes that no row knows
    cut: str = ""  # what follows this in a message is the request itself, and of no use to a person

    def known(self, code: str) -> ErrorKind | None:
        """The kind of a code that the table has."""
        return next((kind for pattern, kind in (*self.kinds, *OWN) if fnmatchcase(code, pattern)), None)

    def kind_of(self, code: str, status: int | None = None) -> ErrorKind:
        """The kind of a code, else of an HTTP status."""
        kind = self.known(code)
        if kind is not None:
            return kind
        if status is not None and status >= 500:
            return ErrorKind.UNAVAILABLE
        return self.statuses.get(status or 0, ErrorKind.UNKNOWN)

    def failure(
        self,
        code: str,
        message: str,
        *,
        status: int | None = None,
        request_id: str = "",
        operation: str = "",
        resource: str = "",
        hint: str = "",
        secrets: tuple[str, ...] = (),
    ) -> CloudError:
        """The error for a code, with its kind, what to do about it, and nothing secret in it."""
        kind = self.kind_of(code, status)
        hint_of_code = next(
            (text for pattern, text in self.hints if fnmatchcase(code, pattern)), hint_of(kind, operation)
        )
        brief = message.partition(self.cut)[0] if self.cut else message
        return CloudError(
            kind,
            " ".join(redact(brief, *secrets).split()).rstrip(". ") + ".",
            code=code,
            operation=operation,
            resource=resource,
            request_id=request_id,
            status=status,
            hint=hint or hint_of_code,
        )
