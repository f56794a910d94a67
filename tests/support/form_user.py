"""A person at the dashboard of a running system, without a browser: keeps cookies, sends forms as pages have them."""

import http.client
import re
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urlsplit

SECONDS = 60.0


class FormUser:
    """Signs in with a token, and then sends forms; a page that is a refusal is an `AssertionError`."""

    def __init__(self, url: str, token: str) -> None:
        self._host = urlsplit(url).netloc
        self._cookies: dict[str, str] = {}
        self._form_token = ""
        self.send("/sign-in", token=token)
        found = re.search(r'name="form_token" value="([^"]+)"', self.read("/certificates/new"))
        assert found, "no form with a token: not signed in"
        self._form_token = found[1]

    def read(self, path: str) -> str:
        """Open a page."""
        return self._exchange("GET", path, "")[1]

    def send(self, path: str, **fields: str) -> str:
        """Send a form, and return the address that it leads to."""
        body = urlencode({"form_token": self._form_token, **fields})
        return self._exchange("POST", path, body)[0]

    def _exchange(self, method: str, path: str, body: str) -> tuple[str, str]:
        headers = {
            "origin": f"http://{self._host}",
            "content-type": "application/x-www-form-urlencoded",
            "cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items()),
        }
        connection = http.client.HTTPConnection(self._host, timeout=SECONDS)
        try:
            connection.request(method, path, body, headers)
            reply = connection.getresponse()
            text = reply.read().decode()
        finally:
            connection.close()
        assert reply.status in (200, 303), f"{method} {path}: {reply.status} {text[:2000]}"
        for line in reply.headers.get_all("set-cookie", []):
            self._cookies |= {name: morsel.value for name, morsel in SimpleCookie(line).items()}
        return reply.headers.get("location", ""), text
