"""What the node under attack serves: 1,000 names and one HTTP-01 body."""

from uuid import UUID

ORIGIN = "acme.example.test"
NAMES = [f"{UUID(int=number)}.{ORIGIN}" for number in range(1000)]
_CHALLENGE = "evaGxfADs6pSRb2LAv9IZ"
BODY = f"{_CHALLENGE}.nP1qzpXGymHBrUEepNY9HCsQk7K8KhOypzEt62jcerQ"
RECORDS = {
    "zones": [{"origin": f"{ORIGIN}.", "name_servers": [f"ns.{ORIGIN}."], "addresses": ["127.0.0.9"]}],
    "txt": {f"{name}.": ["LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0"] for name in NAMES},
    "http": {_CHALLENGE: {"host": "www.example.test", "body": BODY}},
}
HTTP_REQUEST = (
    f"GET /.well-known/acme-challenge/{_CHALLENGE} HTTP/1.1\r\n"
    "Host: www.example.test\r\n"
    "User-Agent: Mozilla/5.0 (compatible; Let's Encrypt validation server; +https://www.letsencrypt.org)\r\n"
    "Accept: */*\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n"
).encode()
