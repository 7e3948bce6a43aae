"""The resources a program declares, one a file, and ``find_instances``.

A resource's file reads top to bottom: the resource with its arguments, then its provider with check, diff, create,
read, update and delete. The provider classes are pickled by reference into every state: their module paths and names
never change, and their instances hold no attributes.
"""
