"""Whose network an address is in, as far as it matters here. The family is kept; the address is not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Final


class Origin(StrEnum):
    """The family of the network a request came from."""

    GOOGLE = "google"
    APPLE = "apple"
    MICROSOFT = "microsoft"
    SCANNER = "scanner"  # a firm that scans mail for others
    LOCAL = "local"  # this machine or network: a proxy that nobody named, so it says nothing
    ELSEWHERE = "elsewhere"
    NOT_KNOWN = ""


PROVIDERS: Final = frozenset(
    {Origin.GOOGLE, Origin.APPLE, Origin.MICROSOFT}
)  # people read mail there, and click at home

_BLOCKS: Final[Mapping[Origin, str]] = {
    # Google names them in DNS, at _netblocks, _netblocks2 and _netblocks3.google.com.
    Origin.GOOGLE: "64.233.160.0/19 66.102.0.0/20 66.249.64.0/19 72.14.192.0/18 74.125.0.0/16 108.177.0.0/17"
    " 172.217.0.0/16 173.194.0.0/16 209.85.128.0/17 216.58.192.0/19 216.239.32.0/19 2001:4860:4000::/36"
    " 2404:6800:4000::/36 2607:f8b0:4000::/36 2800:3f0:4000::/36 2a00:1450:4000::/36 2c0f:fb50:4000::/36",
    Origin.APPLE: "17.0.0.0/8 2620:149::/32 2a01:b740::/32",
    # Exchange Online and what lies around: https://learn.microsoft.com/microsoft-365/enterprise/urls-and-ip-address-ranges
    Origin.MICROSOFT: "40.80.0.0/12 40.96.0.0/12 52.96.0.0/12 104.47.0.0/17 2a01:111::/32",
    # Barracuda and Proofpoint, by their own pages for who has to let them through.
    Origin.SCANNER: "64.235.144.0/20 209.222.80.0/21 62.209.50.0/24 67.231.144.0/20 91.209.104.0/24 208.84.64.0/22"
    " 208.86.200.0/22",
}
_NETWORKS: Final[Sequence[tuple[IPv4Network | IPv6Network, Origin]]] = [
    (ip_network(block), origin) for origin, blocks in _BLOCKS.items() for block in blocks.split()
]


def origin_of(address: str) -> Origin:
    """The family of the network this address is in."""
    try:
        asks = ip_address(address)
    except ValueError:
        return Origin.NOT_KNOWN
    if asks.version == 6 and asks.ipv4_mapped is not None:
        asks = asks.ipv4_mapped
    if not asks.is_global:
        return Origin.LOCAL
    return next((origin for network, origin in _NETWORKS if asks in network), Origin.ELSEWHERE)
