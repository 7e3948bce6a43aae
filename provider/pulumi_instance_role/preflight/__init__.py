"""The look before the leap: every fault of every noun, at preview, before anything changes.

During a preview Pulumi's host runs only ``check`` and ``diff``, one resource at a time, and the first failure hides
the others. So this runs in the program: nouns enrol as they are declared (:mod:`.enrol`), then one look at the cloud
serves all of them (:mod:`.look`), and a pure function judges (:mod:`.judge`) with the same plans an update makes.
"""
