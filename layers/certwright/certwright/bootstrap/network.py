"""What is asked of the Internet: by which rules, and whether records stand there."""

from certwright import ports
from certwright.adapters.egress import Egress, parse_allow_list
from certwright.adapters.record_checks import WalkedRecords
from certwright.adapters.suffixes import ListedSuffixes
from certwright.settings import Settings, SettingsError


def build_egress(settings: Settings) -> Egress:
    """Wire the rules; raises `SettingsError` for an allow-list that can't be read."""
    try:
        allow = parse_allow_list(settings.egress_allow)
    except ValueError as error:
        raise SettingsError(f"EGRESS_ALLOW is not right: {error}.") from error
    return Egress(settings.check_dns_port, settings.check_http_port, allow)


def build_checks(settings: Settings) -> ports.EveryCheck:
    """Wire the looks at records; raises `SettingsError`."""
    return WalkedRecords(
        build_egress(settings),
        _root_addresses(settings.root_hints),
        ListedSuffixes().registrable,
        resolvers=settings.check_resolvers,
    )


def _root_addresses(hints: tuple[str, ...]) -> tuple[str, ...]:
    """Take the addresses of root hints written as `address` or `name=address`."""
    return tuple(hint.rpartition("=")[2] for hint in hints)
