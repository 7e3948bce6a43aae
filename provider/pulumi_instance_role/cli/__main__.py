"""``python -m pulumi_instance_role.cli``: the command, wherever the script of the same name is."""

from pulumi_instance_role.cli.main import main

main(prog_name="instance-role")
