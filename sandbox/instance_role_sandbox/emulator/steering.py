"""Whether an ordered fault can ever be met: by an action that is served, of the product and cloud it names."""

from __future__ import annotations

from .alibaba import faulty as alibaba
from .alibaba.products import PRODUCTS as ALIBABA
from .faults import Fault
from .tencent import faulty as tencent
from .tencent.products import PRODUCTS as TENCENT

CLOUDS = ("alibaba", "tencent")


def check(fault: Fault) -> None:
    """``ValueError`` says what keeps the fault from ever being met."""
    if fault.cloud not in ("", *CLOUDS):
        raise ValueError(f"a fault's 'cloud' is one of {', '.join(CLOUDS)}, not {fault.cloud!r}")
    actions: dict[str, bool] = {}  # name -> whether the fault means something to it
    products = set()
    if fault.cloud in ("", "alibaba"):
        for product in ALIBABA:
            products.add(product.name.lower())
            if fault.product.lower() in ("", product.name.lower()):
                actions |= {name: alibaba.means_something(fault.kind, name) for name in product.actions}
    if fault.cloud in ("", "tencent"):
        for name, served in TENCENT.items():
            products.add(name)
            if fault.product.lower() in ("", name):
                for action in served.actions.values():
                    means = tencent.means_something(fault.kind, action) or actions.get(action.name, False)
                    actions[action.name] = means
    if fault.product.lower() not in ("", *products):
        raise ValueError(
            f"no product {fault.product!r} is served here; a fault's is one of {', '.join(sorted(products))}"
        )
    where = f" of {fault.product}" if fault.product else ""
    if fault.action != "*" and fault.action not in actions:
        raise ValueError(f'no action {fault.action!r}{where} is served here ("*" is any)')
    fitting = sorted(name for name, means in actions.items() if means)
    if fault.action != "*" and not actions[fault.action]:
        raise ValueError(f"{fault.action} cannot meet {fault.kind!r}; these can: {', '.join(fitting)}")
    if not fitting:
        raise ValueError(f"no action{where} can meet {fault.kind!r}")
