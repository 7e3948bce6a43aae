"""The one error that leaves the provider, and how everything else becomes it.

Pulumi's host sends the text of a whole traceback to the engine. An exception class that says it lives in
``builtins``, raised ``from None`` with ``sys.tracebacklimit`` at 0 (see :mod:`.host`), prints as one line. What nobody
expected keeps its traceback: it is put into the message here.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager

from pulumi_instance_role.clouds.port import CloudError
from pulumi_instance_role.plan.faults import Refused
from pulumi_instance_role.plan.names import shown
from pulumi_instance_role.policy.document import PolicyError

_FRAMES = 40


class InstanceRoleError(Exception):
    """A resource could not be carried out. One line: which resource, what is wrong, what to do.

    ``cause`` is what the cloud said, where one call of it failed.
    """

    cause: CloudError | None = None


InstanceRoleError.__module__ = "builtins"  # so that the host prints the bare name


@contextmanager
def told(kind: str, resource: str) -> Iterator[None]:
    """Turn whatever fails inside into one :class:`InstanceRoleError` that names the resource."""
    where = f"{kind} {shown(resource)}"
    cause: CloudError | None = None
    try:
        yield
        return
    except InstanceRoleError as error:
        text, cause = str(error) if where in str(error) else f"{where}: {error}", error.cause
    except (CloudError, Refused, PolicyError) as error:
        text, cause = f"{where}: {error}", error if isinstance(error, CloudError) else None
    except Exception as error:  # noqa: BLE001 - the last boundary: with the host's traceback off it would be lost
        trace = "".join(traceback.format_exception(type(error), error, error.__traceback__, limit=_FRAMES))
        text = f"{where}: unexpected {type(error).__name__}, please report it with this text:\n{trace}"
    raised = InstanceRoleError(text)
    raised.cause = cause
    raise raised from None
