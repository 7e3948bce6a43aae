"""The page about what the stand-ins for the clouds' own Pulumi plugins serve."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from instance_role_sandbox.standin.limits import Together
from instance_role_sandbox.standin.plugin import CLOUDS, Function, Plugin, load
from instance_role_sandbox.standin.schema import Property, ResourceType

_KINDS = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "true or false",
    list: "list of texts",
    tuple: "list of maps",
    dict: "map",
}


def page() -> str:
    """docs/stand-ins.md."""
    return "\n".join(_page()) + "\n"


def _page() -> Iterator[str]:
    yield from (
        "# What the stand-ins serve",
        "",
        "Made by `make pages` from the stand-ins' tables; do not edit.",
        "",
        "A stand-in takes the place of a cloud's own Pulumi plugin where that is not installed. It serves the types "
        "and functions below, and of them these properties. It refuses everything else by name, and what the schema of "
        "the real plugin refuses. Names are those that travel: in Python, `instanceType` is `instance_type`.",
        "",
        "**On a change** says what the real plugin does: *replaced*, the resource is made anew; *changed*, in place; "
        "*refused here*, the real plugin changes it in place and the stand-in does not.",
    )
    for name in CLOUDS:
        yield from _plugin(load(name))


def _plugin(plugin: Plugin) -> Iterator[str]:
    yield from ("", f"## {plugin.name}, the plugin of `{plugin.package}`")
    for kind in sorted(plugin.lives):
        yield from _type(plugin.lives[kind].table)
    for kind in sorted(plugin.functions):
        yield from _function(kind, plugin.functions[kind])


def _type(table: ResourceType) -> Iterator[str]:
    yield from (
        "",
        f"### `{table.type}`",
        "",
        f"{table.title[0].upper()}{table.title[1:]}. Facts from [its schema]({table.source}).",
        "",
    )
    yield from ("| Property | Kind | On a change | Default | May be |", "|---|---|---|---|---|")
    for item in table.properties:
        change = "replaced" if item.replaces else "refused here" if item.fixed else "changed"
        yield f"| {_named(item)} | {_KINDS[item.kind]} | {change} | {_default(item)} | {_may_be(item)} |"
    yield from _together(table.together)
    outputs = sorted(table.outputs - {item.name for item in table.properties})
    yield from ("", f"Outputs besides: {', '.join(f'`{name}`' for name in outputs) or 'none'}.")


def _function(kind: str, function: Function) -> Iterator[str]:
    yield from (
        "",
        f"### `{kind}`",
        "",
        f"A function. {_first(function)} Facts from [its schema]({function.source}).",
        "",
    )
    yield from ("| Argument | Kind | Default | May be |", "|---|---|---|---|")
    for item in function.arguments:
        yield f"| {_named(item)} | {_KINDS[item.kind]} | {_default(item)} | {_may_be(item)} |"
    yield from _together(function.together)


def _together(rules: Iterable[Together]) -> Iterator[str]:
    said = [f"{rule.kind} of {', '.join(f'`{name}`' for name in rule.names)}" for rule in rules]
    if said:
        yield from ("", f"Together: {'; '.join(said)}.")


def _named(item: Property) -> str:
    return f"**`{item.name}`**" if item.required else f"`{item.name}`"


def _default(item: Property) -> str:
    return (
        ""
        if item.default is None
        else f"`{str(item.default).lower() if isinstance(item.default, bool) else item.default}`"
    )


def _may_be(item: Property) -> str:
    said = [str(item.limit)] if item.limit else []
    if item.most:
        said.append(f"at most {item.most} entries")
    if item.fields:
        said.append(f"each with {_listed(item.fields)}")
        said += [str(rule) for rule in item.together]
    return "; ".join(said)


def _listed(fields: Sequence[Property]) -> str:
    return ", ".join(f"{_named(one)}{f' ({one.limit})' if one.limit else ''}" for one in fields)


def _first(function: Function) -> str:
    return " ".join((function.answer.__doc__ or "").split("\n")[0].split())
