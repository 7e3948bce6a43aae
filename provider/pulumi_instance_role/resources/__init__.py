"""The nouns a program declares, one a file, and what they share on Pulumi's side of the wall.

A noun's file reads top to bottom: the resource with its arguments, then its provider with check, diff, create, read,
update and delete. The provider classes are pickled by reference into every state: their module paths and names never
change, and their instances hold no attributes.
"""
