"""The instance-role command. Thin."""
