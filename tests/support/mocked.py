"""The beginning of a program that declares resources in a process of its own, with an engine that makes all of them."""

BEGINNING = """
import pulumi
from pulumi.runtime import mocks


class Nothing(mocks.Mocks):
    def new_resource(self, args):
        return args.name, args.inputs

    def call(self, args):
        return {}, None


mocks.set_mocks(Nothing(), project="proj", stack="dev")
"""
