"""The dashboard's pages: plain HTML, built from values and escaped by construction."""
