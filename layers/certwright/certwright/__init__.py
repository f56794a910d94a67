"""Issues and renews TLS certificates from any ACME CA."""

__version__ = "0.1.0"
