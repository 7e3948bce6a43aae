"""What a program asks for, out of the messages of Pulumi's protocol; pure.

What this engine leaves out is refused here, in its own words: an SDK that finds a feature missing would say to update
the Pulumi CLI.
"""

from __future__ import annotations

from collections.abc import Mapping

from pulumi.runtime.proto import alias_pb2, resource_pb2

from instance_role_sandbox.engine.errors import Unsupported
from instance_role_sandbox.engine.registry import package_of
from instance_role_sandbox.engine.steps import TIMEOUTS, Alias, Goal
from instance_role_sandbox.engine.wire import decode, decode_value


def refuse_unsupported(request: resource_pb2.RegisterResourceRequest) -> None:
    """Refuse a registration that needs what this engine leaves out. Unsupported names it."""
    hooks = [name for name, _ in request.hooks.ListFields()] if request.HasField("hooks") else []
    package = package_of(request.type)
    left_out: Mapping[str, object] = {
        "a remote component": request.remote,
        "the import option": request.importId,
        "a resource hook": hooks,
        "a state migration": list(request.state_migrations),
        "a parameterized package": request.packageRef,
        "a resource of Pulumi's own": request.custom and package == "pulumi",
        "the option env_var_mappings": dict(request.envVarMappings),
    }
    for feature, used in left_out.items():
        if used:
            raise Unsupported(feature, f"{request.type} {request.name}")


def goal_of(request: resource_pb2.RegisterResourceRequest) -> Goal:
    """A registration as a goal."""
    inputs = decode(request.object)
    dependencies = list(request.dependencies)
    by_property = {key: list(found.urns) for key, found in request.propertyDependencies.items()}
    if not by_property:
        by_property = dict.fromkeys(inputs, dependencies)
    dbr = request.deleteBeforeReplaceDefined or request.deleteBeforeReplace
    return Goal(
        type=request.type,
        name=request.name,
        custom=request.custom,
        inputs=inputs,
        parent=request.parent,
        provider=request.provider,
        dependencies=dependencies,
        property_dependencies=by_property,
        protect=request.protect if request.HasField("protect") else None,
        retain_on_delete=request.retainOnDelete if request.HasField("retainOnDelete") else None,
        deleted_with=request.deletedWith,
        replace_with=list(request.replace_with),
        replacement_trigger=decode_value(request.replacement_trigger),
        delete_before_replace=request.deleteBeforeReplace if dbr else None,
        ignore_changes=list(request.ignoreChanges),
        replace_on_changes=list(request.replaceOnChanges),
        hide_diff=list(request.hideDiffs),
        additional_secret_outputs=list(request.additionalSecretOutputs),
        aliases=[Alias(urn=urn) for urn in request.aliasURNs] + [_alias(alias) for alias in request.aliases],
        timeouts={what: text for what in TIMEOUTS if (text := getattr(request.customTimeouts, what))},
    )


def _alias(alias: alias_pb2.Alias) -> Alias:
    if alias.WhichOneof("alias") == "urn":
        return Alias(urn=alias.urn)
    spec = alias.spec
    return Alias("", spec.name, spec.type, spec.parentUrn, spec.noParent, spec.project, spec.stack)


def read_goal(request: resource_pb2.ReadResourceRequest) -> Goal:
    """A ``get`` as a goal."""
    if package_of(request.type) == "pulumi":
        raise Unsupported("a StackReference")
    if request.packageRef:
        raise Unsupported("a parameterized package", f"{request.type} {request.name}")
    return Goal(
        request.type,
        request.name,
        custom=True,
        inputs=decode(request.properties),
        parent=request.parent,
        provider=request.provider,
        dependencies=list(request.dependencies),
        additional_secret_outputs=list(request.additionalSecretOutputs),
    )
