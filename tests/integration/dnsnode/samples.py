"""What the nodes under test serve."""

ZONE = "acme.example.test"
OTHER = "dns.other.test"
UUID = "0b3c7a52-5b1f-4f6e-9d3e-2f6a1c7d8e90"
EMPTY_UUID = "11111111-2222-4333-8444-555555555555"

RECORDS = {
    "zones": [
        {"origin": f"{ZONE}.", "name_servers": ["ns.example.test."], "addresses": ["127.0.0.9"]},
        {
            "origin": f"{OTHER}.",
            "name_servers": [f"a.ns.{OTHER}.", f"b.ns.{OTHER}."],
            "addresses": ["192.0.2.1", "2001:db8::1"],
        },
    ],
    "txt": {
        f"{UUID}.{ZONE}.": ["value", "another"],
        f"{UUID}.{OTHER}.": ["elsewhere"],
        f"imported.{ZONE}.": ["old"],
    },
    "http": {"token-1": {"host": "www.example.test", "body": "token-1.thumbprint"}},
}
