"""``python -m docs.catalogues [--check]``: take the texts out of the source into the catalogues, and compile these.

A text that is new, or that was reworded, is there without a translation afterwards: it is named, and written into the
``.po`` file by hand. What no source has any more goes.
"""

from __future__ import annotations

import sys
from datetime import datetime, timezone
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from pulumi_instance_role.language.spoken import DOMAIN, FOLDER, LANGUAGES
from pulumi_instance_role.policy.dialect import LANGUAGES as DIALECTS
from pulumi_instance_role.review.guardrails import UNDECIDED
from pulumi_instance_role.review.native import PASSED_OVER
from pulumi_instance_role.review.rules import RULES
from pulumi_instance_role.review.rules.escalation import WAYS

SOURCE = FOLDER.parent
KEYWORDS = {"say": (1,), "template": (1,), "plural": (1, 2), "pair": (1, 2)}
"""What marks a text in the source: a function -> which of its arguments are texts."""
_METHODS = [
    ("data/**", "ignore"),
    ("**.py", "python"),
    ("**.html.j2", "jinja2"),
]
_DAY = datetime(2026, 1, 1, tzinfo=timezone.utc)  # the same texts, the same bytes
_WIDTH = 120


def texts() -> Catalog:
    """All texts of the source that can be translated."""
    found = Catalog(project="pulumi-instance-role", creation_date=_DAY, revision_date=_DAY)
    for file, _, message, comments, context in extract_from_dir(
        SOURCE, _METHODS, keywords=KEYWORDS, options_map={"**.html.j2": {"trimmed": "true"}}
    ):
        found.add(message, None, [(file, 0)], auto_comments=comments, context=context)
    tables = {
        "review/rules": [text for rule in (*RULES, UNDECIDED) for text in (rule.title, rule.rationale, rule.fix)],
        "review/rules/escalation.py": [way.gets for way in WAYS],
        "review/native.py": list(PASSED_OVER.values()),
        "policy/dialect.py": [
            text for one in DIALECTS.values() for text in (one.name, one.action_form, one.resource_form, one.key_form)
        ],
        "policy/operators.py": [each.form for one in DIALECTS.values() for each in one.operators.values()],
    }
    for file, listed in tables.items():
        for text in listed:
            found.add(str(text), None, [(file, 0)])
    return found


def file_of(language: str) -> Path:
    """The written catalogue of a language; the compiled one lies beside it."""
    return FOLDER / language / "LC_MESSAGES" / f"{DOMAIN}.po"


def read(language: str) -> Catalog:
    """The written catalogue."""
    with file_of(language).open("rb") as file:
        return read_po(file, locale=language, domain=DOMAIN)


def brought_up_to_date(language: str) -> Catalog:
    """The catalogue with the texts that the source has, and the translations that it had."""
    found = read(language)
    found.update(texts(), no_fuzzy_matching=True)
    found.obsolete.clear()
    found.creation_date = found.revision_date = _DAY
    return found


def written(catalogue: Catalog) -> bytes:
    """The catalogue as the text of a ``.po`` file."""
    out = BytesIO()
    write_po(out, catalogue, width=_WIDTH, sort_by_file=True, include_lineno=False)
    return out.getvalue()


def compiled(catalogue: Catalog) -> bytes:
    """The catalogue as the standard library reads it."""
    out = BytesIO()
    write_mo(out, catalogue)
    return out.getvalue()


def missing(catalogue: Catalog) -> list[str]:
    """The texts without a translation."""
    return [str(one.id) for one in catalogue if one.id and not all(_all_of(one.string))]


def _all_of(text: str | tuple[str, ...] | list[str] | None) -> list[str]:
    return [text or ""] if isinstance(text, str) or text is None else list(text)


def main() -> int:
    """Write the catalogues; with ``--check``, 1 when one is old or a text has no translation."""
    wrong = []
    for language in LANGUAGES:
        if language == "en":
            continue
        catalogue, file = brought_up_to_date(language), file_of(language)
        for path, content in {file: written(catalogue), file.with_suffix(".mo"): compiled(catalogue)}.items():
            if path.exists() and path.read_bytes() == content:
                continue
            if "--check" in sys.argv:
                wrong.append(f"old: {path.name}; run `make pages`")
            else:
                path.write_bytes(content)
                sys.stdout.write(f"wrote {path.relative_to(SOURCE)}\n")
        wrong += [f"no translation into {language}: {text}" for text in missing(catalogue)]
    sys.stderr.write("".join(f"{line}\n" for line in wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
