"""What runs on an instance: a folder of its own, so that nothing beside it is importable there."""
