"""Answers as text: JSON, or XML for clients that ask for it.

https://www.alibabacloud.com/help/en/sdk/product-overview/rpc-mechanism
"""

from __future__ import annotations

import json
from xml.sax.saxutils import escape

from .call import Answer
from .errors import ApiError

JSON = "application/json;charset=utf-8"
XML = "text/xml;charset=utf-8"


def success(action: str, answer: Answer, xml: bool) -> tuple[str, bytes]:
    """Content type and body of a successful answer."""
    return _body(f"{action}Response", answer, xml)


def failure(error: ApiError, product: str, host: str, request_id: str, xml: bool) -> tuple[str, bytes]:
    """Content type and body of an error."""
    answer = {
        "RequestId": request_id,
        "HostId": host,
        "Code": error.code,
        "Message": error.message,
        "Recommend": f"https://next.api.aliyun.com/troubleshoot?q={error.code}&product={product}",
        **error.extra,
    }
    return _body("Error", answer, xml)


def _body(root: str, answer: Answer, xml: bool) -> tuple[str, bytes]:
    if not xml:
        return JSON, json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode()
    return XML, f'<?xml version="1.0" encoding="UTF-8"?>{_element(root, answer)}'.encode()


def _element(name: str, value: object) -> str:
    if isinstance(value, dict):
        return f"<{name}>{''.join(_element(key, item) for key, item in value.items())}</{name}>"
    if isinstance(value, (list, tuple)):
        return "".join(_element(name, item) for item in value)
    if isinstance(value, bool):
        value = "true" if value else "false"
    return f"<{name}>{escape('' if value is None else str(value))}</{name}>"
