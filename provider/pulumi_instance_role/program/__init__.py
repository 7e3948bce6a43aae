"""What runs in the user's program: arguments, settings and derived names, and the preflight.

During a preview Pulumi's host runs only ``check`` and ``diff``, one resource at a time, and the first failure hides
the others. So the preflight runs here: resources enrol as they are declared (:mod:`.enrol`), then one look at the cloud
serves all of them (:mod:`.look`), and a pure function judges (:mod:`.judge`) with the same plans an update makes.
"""
