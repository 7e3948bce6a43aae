"""Property values of every kind, for properties of the code that handles them."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st

from instance_role_sandbox.engine.values import UNKNOWN, Properties, Reference, Secret, Value, number
from tests.support.examples import examples

# a busy machine is no failure, and what is tested is small
thorough = settings(deadline=None, max_examples=examples(40))

keys = st.text(min_size=1, max_size=6)
scalars: st.SearchStrategy[Value] = st.one_of(
    st.booleans(),
    st.integers(-(2**53), 2**53),
    st.floats(allow_nan=False, allow_infinity=False).map(number),
    st.text(max_size=8),
)


def _deeper(inner: st.SearchStrategy[Value]) -> st.SearchStrategy[Value]:
    return st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(keys, inner, max_size=3),
    )


plain_values: st.SearchStrategy[Value] = st.recursive(scalars, _deeper, max_leaves=8)
plain_properties: st.SearchStrategy[Properties] = st.dictionaries(keys, plain_values, max_size=4)

_marked: st.SearchStrategy[Value] = st.one_of(
    scalars,
    st.just(UNKNOWN),
    st.builds(
        Reference, st.just("urn:pulumi:dev::p::t:i:T::n"), st.one_of(st.none(), st.just(UNKNOWN), st.just("id-1"))
    ),
)
values: st.SearchStrategy[Value] = st.recursive(
    _marked, lambda inner: st.one_of(_deeper(inner), inner.map(Secret)), max_leaves=8
)
properties: st.SearchStrategy[Properties] = st.dictionaries(keys, values, max_size=4)
