"""Texts for people, in their language.

``text`` makes texts that are English and know what they are made of; ``spoken`` says which language is spoken, and has
the catalogues. What is kept as data (the JSON form, fingerprints, what is sorted and compared) is the English text, so
no language changes it.

The catalogues are gettext's. They are made from the source by Babel (``make pages``), and read by the standard
library: the compiled ones lie beside the written ones, so that no step is needed before they can be used.
"""

from pulumi_instance_role.language.text import Text, listing, pair, plural, say, tell, template

__all__ = ["Text", "listing", "pair", "plural", "say", "tell", "template"]
