"""Policy documents as values: parsing, canonical form, evaluation, trust. Pure, no I/O."""
