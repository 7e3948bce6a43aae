"""The product that VPC's actions belong to, and what they share: times, tags, filters, pages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any, TypeVar

from ..call import Answer, Call, Product
from ..errors import ApiError

VPC = Product("vpc", "2017-03-12", regional=True)

T = TypeVar("T")
TAGS = "Tags:[{Key! Value}]"
FILTERS = "Filters:[{Name! Values!:[]}]"
PAGE = "Offset:int Limit:int"
_BEIJING = timezone(timedelta(hours=8))


def stamp(moment: float) -> str:
    """``moment`` as VPC writes it: ``2018-04-25 10:26:26``, in Beijing's time."""
    return datetime.fromtimestamp(moment, _BEIJING).strftime("%Y-%m-%d %H:%M:%S")


def not_found(resource_id: str) -> ApiError:
    """Nothing of that id is here."""
    return ApiError("ResourceNotFound", f"The resource `{resource_id}` does not exist.")


def in_use(resource_id: str) -> ApiError:
    """Something depends on it."""
    return ApiError("ResourceInUse", f"The specified resource `{resource_id}` is already in use.")


def full(what: str) -> ApiError:
    """A quota is reached."""
    return ApiError("LimitExceeded", f"The number of {what} has reached the upper limit.")


def named(call: Call, parameter: str, longest: int) -> str:
    """A name of 1 to ``longest`` bytes."""
    text = call.text(parameter)
    if not 1 <= len(text.encode()) <= longest:
        raise ApiError("InvalidParameterValue.TooLong", f"The value of parameter `{parameter}` is too long or empty.")
    return text


def tags(call: Call) -> dict[str, str]:
    """The tags a request sets."""
    return {one["Key"]: one.get("Value", "") for one in call.params.get("Tags", ())}


def shown_tags(tags: Mapping[str, str]) -> list[Answer]:
    """Tags as the API shows them."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def chosen(
    call: Call,
    records: Mapping[str, T],
    ids_parameter: str,
    prefix: str,
    filters: Mapping[str, Callable[[T], Any]],
    tags_of: Callable[[T], Mapping[str, str]],
) -> list[T]:
    """The records that a Describe call asks for, by ids or by filters (each met by any of its values).

    An id that is not there is ResourceNotFound; ids and filters together are InvalidParameter.Coexist.
    """
    wanted, asked = call.texts(ids_parameter), call.params.get("Filters", ())
    if wanted and asked:
        raise ApiError("InvalidParameter.Coexist", f"{ids_parameter} and Filters exclude each other.")
    if wanted:
        for one in wanted:
            if not one.startswith(f"{prefix}-"):
                raise ApiError("InvalidParameterValue.Malformed", f"The id `{one}` is malformed.")
            if one not in records:
                raise not_found(one)
        return [records[one] for one in wanted]
    found = list(records.values())
    for one in asked:
        key = one["Name"].removeprefix("tag:")
        read = (lambda record, key=key: tags_of(record).get(key)) if key != one["Name"] else filters.get(key)
        if read is None:
            raise ApiError("InvalidParameter.FilterInvalidKey", f"The filter `{key}` is not supported.")
        found = [record for record in found if str(read(record)) in one["Values"]]
    return found


def page(call: Call, rows: Sequence[T]) -> list[T]:
    """The rows that ``Offset`` and ``Limit`` (20, at most 100) ask for."""
    offset, limit = call.integer("Offset"), call.integer("Limit", 20)
    if offset < 0 or not 1 <= limit <= 100:
        raise ApiError("InvalidParameterValue.Range", "Offset is from 0 and Limit from 1 to 100.")
    return list(rows[offset : offset + limit])


def on(kind: str, parameter: str) -> Callable[[Call], Iterable[str]]:
    """The resource that a call names in ``parameter``, as policies name it."""
    return lambda call: (call.name_of(f"{kind}/{call.text(parameter) or '*'}"),)


def any_of(kind: str) -> Callable[[Call], Iterable[str]]:
    """Any resource of that kind."""
    return lambda call: (call.name_of(f"{kind}/*"),)
