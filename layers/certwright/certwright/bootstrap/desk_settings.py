"""The settings of whoever takes requests or works on them."""

from certwright.domain.errors import InvalidRequest
from certwright.domain.limits import Limits, parse_limits
from certwright.settings import Settings, SettingsError, read_settings

DESK = ("CERTIFICATES_TABLE", "REGISTRY_TABLE", "ANSWERS_TABLE", "WORK_QUEUE_URL", "ACME_DIRECTORY", "NODE_ADDRESSES")


def read_desk_settings(*more: str) -> Settings:
    """Read them, with more variables that must be there; raises `SettingsError`, also for limits that can't be read."""
    settings = read_settings((*DESK, *more))
    try:
        parse_limits(settings.acme_limits, Limits())
    except InvalidRequest as error:
        raise SettingsError(f"ACME_LIMITS is not right: {error.sentence}") from error
    return settings
