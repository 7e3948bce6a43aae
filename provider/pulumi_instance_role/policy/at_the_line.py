"""A wrong argument is told at the line of the program that wrote it.

Python shows every frame between that line and the ``raise``. A reader needs none of them: the message names the
argument and the remedy. So the frames are dropped where a program calls in, and one is left, which Python adds itself.
An error that is not about an argument keeps its whole traceback.
"""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Callable, Collection, Mapping
from typing import ParamSpec, TypeVar

from pulumi_instance_role.policy.document import PolicyError
from pulumi_instance_role.policy.near import is_meant
from pulumi_instance_role.policy.slips import Slip, slip

_P = ParamSpec("_P")
_T = TypeVar("_T")

_SUBJECT = re.compile(r"(\w+)(?:[.\[][^:]*)?: ")
_UNEXPECTED = re.compile(r"got an unexpected keyword argument '(\w+)'")
_TOLD = "_told_at_the_line"
"""Marks an error that a call inside this one has told already."""


def at_the_line(function: Callable[_P, _T]) -> Callable[_P, _T]:
    """``function``, for programs to call: TypeError and ValueError about its arguments come without its own frames.

    Such an error begins with the name of a parameter, or of the function. Arguments that Python itself refuses
    (unknown, missing, too many) are told in the same way.
    """
    signature = inspect.signature(function)
    called = function.__qualname__.removesuffix(".__init__")
    subjects = {*signature.parameters, called}

    @functools.wraps(function)
    def checked(*args: _P.args, **kwargs: _P.kwargs) -> _T:
        wrong: TypeError | ValueError
        try:
            given = signature.bind(*args, **kwargs)
        except TypeError as error:
            wrong = TypeError(_misfit(called, str(error), signature.parameters))
        else:
            try:
                return function(*args, **kwargs)
            except (TypeError, ValueError) as error:
                if not _is_about(error, subjects):
                    raise
                wrong = ValueError(_whose(called, given.arguments, error)) if isinstance(error, Slip) else error
        setattr(wrong, _TOLD, True)
        raise wrong.with_traceback(None) from None

    return checked


def _whose(called: str, given: Mapping[str, object], error: Slip) -> str:
    """The slip with the resource that it is in; a helper has none, and a name that is the slip names nothing."""
    name = given.get("resource_name")
    if not isinstance(name, str):
        return str(error)
    return f"{called} {error}" if slip(name) else f'{called} "{name}" {error}'


def _is_about(error: Exception, subjects: Collection[str]) -> bool:
    """Whether the error is about an argument, by its first word."""
    found = _SUBJECT.match(str(error))
    return hasattr(error, _TOLD) or isinstance(error, PolicyError) or (found is not None and found[1] in subjects)


def _misfit(called: str, problem: str, parameters: Collection[str]) -> str:
    """What Python has against the arguments of a call, with the parameter that an unknown one may be."""
    found = _UNEXPECTED.search(problem)
    meant = is_meant(found[1], [one for one in parameters if one != "self"], alike=0.7) if found else ""
    return f"{called}: {problem}{meant and '; ' + meant}"
