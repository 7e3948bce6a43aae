"""The catalogues of translations, kept in step with the texts of the source (for maintainers, with Babel)."""
