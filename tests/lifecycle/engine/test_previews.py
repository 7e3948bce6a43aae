"""The engine's previews have the members that the real CLI's have, of the same types, in both of its forms."""

from __future__ import annotations

import json
import re

from tests.lifecycle.engine.bench import Toys
from tests.lifecycle.engine.test_plugins import BOX
from tests.parity import shapes

DECLARED = """
from recorder import Group
hidden = pulumi.Config().require_secret("word")
group = Group("group")
child = Thing("child", pulumi.ResourceOptions(parent=group), value=hidden)
kept = Thing("kept", pulumi.ResourceOptions(additional_secret_outputs=["serial"], ignore_changes=["value"]), value=1)
own = Thing("own", value=V, behave={"diff": "own", "replace_on": ["key"]}, key="k")
compared = Thing("compared", pulumi.ResourceOptions(depends_on=[kept], additional_secret_outputs=["serial"],
    ignore_changes=["other"]), value=V)
other = Thing("other", value=1, behave={"diff": "own", "replace_on": ["key"]}, key=V)
Box("grown", size=V, label="x")
Box("relabelled", size=1, label=f"x{V}")
pulumi.export("serial", kept.serial)
"""
BEFORE = 'Thing("gone", pulumi.ResourceOptions(depends_on=[kept]), value=1)\n'
AFTER = """
import sys
Thing("made", pulumi.ResourceOptions(depends_on=[kept], additional_secret_outputs=["serial"]), value=own.serial)
Group("made-group", pulumi.ResourceOptions(parent=group))
print("to standard output")
print("to standard error", file=sys.stderr)
pulumi.log.warn("careful")
pulumi.log.warn("careful with this one", kept)
pulumi.log.error("this is not right, and the program goes on")
"""


def test_members_and_types_are_those_of_the_real_cli(toys: Toys) -> None:
    toys.write("Pulumi.dev.yaml", "config:\n  toy:word: hello\n  bench:word: s3cret-text\n")
    toys.program("V = 1\n" + BOX + DECLARED + BEFORE)
    toys.good("up")
    toys.program("V = 2\n" + BOX + DECLARED + AFTER)
    process = toys.start("preview", "--json", "--event-log", "events.json")
    said, _ = process.communicate(timeout=100)
    assert process.wait() == 0, said
    events = shapes.events_of((toys.folder / "events.json").read_text(encoding="utf-8"))
    document = json.loads(said)
    assert document["changeSummary"] == {"create": 2, "delete": 1, "replace": 2, "same": 4, "update": 3}
    found = {"digest": list(shapes.of_digest(document)), "stream": list(shapes.of_stream(events))}
    recorded = json.loads(shapes.SHAPES.read_text(encoding="utf-8"))
    accepted = json.loads((shapes.HERE / "accepted.json").read_text(encoding="utf-8"))
    used: set[str] = set()
    unknown = []
    for form, objects in found.items():
        for difference in sorted(shapes.differences(recorded[form], objects)):
            reasons = [e for e in accepted if e["form"] == form and re.fullmatch(e["difference"], difference)]
            used.update(e["difference"] for e in reasons)
            if not reasons:
                unknown.append(f"{form}: {difference}")
    assert not unknown, "\n".join(unknown)
    assert used == {e["difference"] for e in accepted}, "an accepted difference is gone"
    assert all(e["reason"] for e in accepted)
