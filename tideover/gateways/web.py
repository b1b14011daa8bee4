"""An address of the web, asked once: for our own public one, which Stripe and customers are to reach."""

from __future__ import annotations

from typing import Final

import requests

from tideover.gateways.answers import NotNow

SECONDS: Final = 5.0


def status_of(url: str) -> int:
    """With what it answers. Raises NotNow where it does not."""
    try:
        with requests.get(url, timeout=SECONDS, allow_redirects=False, stream=True) as answer:
            return answer.status_code
    except requests.exceptions.SSLError:
        raise NotNow("its certificate could not be verified") from None
    except requests.exceptions.Timeout:
        raise NotNow("it did not answer in time") from None
    except (requests.exceptions.RequestException, OSError, ValueError) as failed:
        raise NotNow(f"there is no connection to it ({type(failed).__name__})") from None
