"""The account that dry runs are made with, in the place of another: at its CA's staging, or wherever it says."""

from dataclasses import replace

from certwright.domain.ca import KNOWN_CAS
from certwright.domain.ca_account import CaDefinition
from certwright.flows.ca_accounts import find_definition
from certwright.flows.world import Registry
from certwright.settings import Settings

MADE_UNASKED = frozenset({"letsencrypt-staging"})
"""Stagings that take whoever has an account at the CA itself, without a binding."""


def find_staging(registry: Registry, settings: Settings, wanted: CaDefinition, now: int) -> CaDefinition | None:
    """Find the account for dry runs of `wanted`, None where there is none and none can be made.

    It is the one that `wanted` names; else any at the staging of its CA, where that is known. Let's Encrypt's need not
    be defined before: what is found then is to be kept.
    """
    if wanted.staging:
        found = find_definition(registry, settings, wanted.staging)
        return found if found and not found.is_deactivated else None
    known = KNOWN_CAS.get(wanted.directory)
    if known is None or not known.staging:
        return None
    if known.staging == wanted.directory:
        return wanted
    at_staging = (item for item in registry.cas.list_all() if item.directory == known.staging)
    found = next((item for item in at_staging if not item.is_deactivated), None)
    if found or known.staging not in MADE_UNASKED or registry.cas.read(known.staging):
        return found
    return replace(_like(wanted), name=known.staging, directory=known.staging, created_at=now)


def keep_staging(registry: Registry, found: CaDefinition) -> None:
    """Define an account that was found, unless it is defined or the deployment's own."""
    if found.created_at and registry.cas.read(found.name) is None:
        registry.cas.create(found)


def _like(wanted: CaDefinition) -> CaDefinition:
    """Take over what holds for another account of the same people."""
    return CaDefinition("", "", 0, contact=wanted.contact, is_terms_agreed=wanted.is_terms_agreed)
