"""An HTTP client for msal that leads Microsoft's host names to a sandbox."""

from typing import Any
from urllib.parse import urlsplit

import httpx


class Answer:
    """What msal needs of a response."""

    def __init__(self, response: httpx.Response) -> None:
        self.status_code = response.status_code
        self.text = response.text
        self.headers = dict(response.headers)

    def raise_for_status(self) -> None:
        assert self.status_code < 400, self.text


class ReroutingClient:
    """Keeps the production addresses and changes only where they lead."""

    def __init__(self, base_url: str) -> None:
        self.http = httpx.Client(base_url=base_url, trust_env=False, timeout=20)
        self.last_status = 0
        self.last_form: dict[str, str] = {}

    def get(self, url: str, params: Any = None, headers: Any = None, **_: Any) -> Answer:
        return self._send("GET", url, params=params, headers=headers)

    def post(
        self, url: str, params: Any = None, data: Any = None, headers: Any = None, **_: Any
    ) -> Answer:
        # msal gives an assertion as octets, which httpx would write as Python does.
        self.last_form = {
            name: value.decode() if isinstance(value, bytes) else value
            for name, value in (data or {}).items()
        }
        answer = self._send("POST", url, params=params, headers=headers, data=self.last_form)
        self.last_status = answer.status_code
        return answer

    def close(self) -> None:
        self.http.close()

    def _send(self, method: str, url: str, *, headers: Any, **more: Any) -> Answer:
        parts = urlsplit(url)
        named = {**(headers or {}), "Host": parts.netloc}
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        response = self.http.request(method, path, headers=named, **more)
        return Answer(response)
