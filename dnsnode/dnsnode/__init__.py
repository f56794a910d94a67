"""The DNS node: an authoritative server for delegated zones, with the HTTP-01 answers beside it."""
