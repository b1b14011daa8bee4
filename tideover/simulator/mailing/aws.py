"""Amazon's side of a signed request: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from typing import Final

ACCESS_KEY: Final = "AKIASIMULATED0000001"
FORM: Final = re.compile(r"AWS4-HMAC-SHA256 Credential=(\w+)/(\d{8})/([\w-]+)/(\w+)/aws4_request, SignedHeaders=([\w;-]+), Signature=(\w+)")  # fmt: skip  # noqa: E501


def is_signed(  # noqa: PLR0913, PLR0917 - what a request is made of
    method: str, host: str, path: str, headers: Mapping[str, str], body: bytes, secret: str
) -> bool:
    """Whether whoever has the secret of our only user sent this, to this host."""
    told = FORM.fullmatch(headers.get("authorization", ""))
    if told is None or told[1] != ACCESS_KEY or f".{told[3]}." not in host:
        return False
    user_day, region, service, names = told[2], told[3], told[4], told[5]
    seen = {**headers, "host": host}
    lines = "".join(f"{name}:{seen.get(name, '')}\n" for name in names.split(";"))
    request = "\n".join([method, path, "", lines, names, hashlib.sha256(body).hexdigest()])
    scope = f"{user_day}/{region}/{service}/aws4_request"
    hashed = hashlib.sha256(request.encode()).hexdigest()
    key = f"AWS4{secret}".encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), "sha256").digest()
    stamp = seen.get("x-amz-date", "")
    wanted = hmac.new(key, f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{hashed}".encode(), "sha256").hexdigest()
    return hmac.compare_digest(wanted, told[6])
