"""The words of documents looked up in our lists, for as many documents as a review has time for.

A word that is in no list is compared with those that are, to say which may be meant. That takes long for documents that
are full of such words, so it is bounded for all documents together, and each has a share. Whose words were not looked
up is kept, to be said.
"""

from __future__ import annotations

from pulumi_instance_role import data
from pulumi_instance_role.policy.document import Document
from pulumi_instance_role.policy.doubts import Remark, doubts, words_of
from pulumi_instance_role.policy.work import TooMuch, Work, resumed, within

LABOUR = 200_000
"""Steps for all documents of a review; see ``policy.work``. Less than a second."""
EACH = 40_000
"""Steps for one document, so that one that takes too long leaves something for the others."""


class Lookup:
    """Looks words up, and counts what that takes. ``left`` names what was not looked up."""

    def __init__(self, labour: int = LABOUR) -> None:
        self.work = Work(labour)
        self.left: dict[str, None] = {}

    def remarks(self, name: str, document: Document, cloud: str) -> list[Remark]:
        """The words of a document that are not known; none where that takes too long, which ``left`` says."""
        with resumed(self.work):
            try:
                with within(EACH):
                    return doubts(document, words_of(cloud, data.known_actions))
            except TooMuch:
                self.left[name] = None
                return []
