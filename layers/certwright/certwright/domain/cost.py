"""What a deployment costs in a month, beside what AWS Certificate Manager (ACM) asks for the same names.

Both are models, not bills: what was counted times AWS's list prices for us-east-1, in US dollars, without free tiers,
tax and traffic. The constants below are all there is to change when a price does.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from certwright.domain.renewal import DAY

PRICES_OF = "2026-11"
"""When the prices were noted, from the price lists of each service for us-east-1."""

HOURS = 730
"""Of a month, as AWS counts it."""

DAYS = 365 / 12
SECONDS = HOURS * 3600


class Unit(StrEnum):
    """What AWS charges for."""

    BALANCER_HOUR = "load balancer, hour"
    ADDRESS_HOUR = "public IPv4 address, hour"
    CPU_HOUR = "Fargate ARM vCPU, hour"
    MEMORY_HOUR = "Fargate ARM GB, hour"
    METRIC = "CloudWatch metric, month"
    ALARM = "CloudWatch alarm, month"
    DASHBOARD = "CloudWatch dashboard, month"
    LOG_GB = "CloudWatch Logs, GB"
    KEY = "KMS key, month"
    SECRET = "secret, month"  # noqa: S105 - a unit of a price list
    WRITE = "DynamoDB write unit"
    READ = "DynamoDB read unit"
    TABLE_GB = "DynamoDB storage, GB month"
    OBJECT_PUT = "S3 PUT"
    OBJECT_GB = "S3 storage, GB month"
    MESSAGE = "SQS request"
    INVOCATION = "Lambda invocation"
    COMPUTE = "Lambda ARM, GB second"


PRICES: Mapping[Unit, float] = {
    Unit.BALANCER_HOUR: 0.0225,
    Unit.ADDRESS_HOUR: 0.005,
    Unit.CPU_HOUR: 0.03238,
    Unit.MEMORY_HOUR: 0.00356,
    Unit.METRIC: 0.30,
    Unit.ALARM: 0.10,
    Unit.DASHBOARD: 3.00,
    Unit.LOG_GB: 0.50,
    Unit.KEY: 1.00,
    Unit.SECRET: 0.40,
    Unit.WRITE: 0.625e-6,
    Unit.READ: 0.125e-6,
    Unit.TABLE_GB: 0.25,
    Unit.OBJECT_PUT: 5e-6,
    Unit.OBJECT_GB: 0.023,
    Unit.MESSAGE: 0.4e-6,
    Unit.INVOCATION: 0.2e-6,
    Unit.COMPUTE: 13.3334e-6,
}
"""US dollars for one."""

type Counted = Mapping[Unit, float]

DEPLOYMENT: Counted = {
    Unit.BALANCER_HOUR: HOURS,
    Unit.ADDRESS_HOUR: 2 * HOURS,
    Unit.METRIC: 18,
    Unit.ALARM: 34,
    Unit.DASHBOARD: 1,
    Unit.KEY: 1,
    Unit.SECRET: 2,
    # The sweep each minute, the watch every five, and the queue's pollers: five, a long poll of 20 seconds each.
    Unit.INVOCATION: SECONDS / 60 + SECONDS / 300,
    Unit.COMPUTE: 0.25 * (SECONDS / 60 + SECONDS / 300),
    Unit.MESSAGE: 5 * SECONDS / 20,
    Unit.LOG_GB: 0.5,
}
"""A month of a deployment that does nothing."""

NODE: Counted = {
    Unit.CPU_HOUR: 0.25 * HOURS,
    Unit.MEMORY_HOUR: 0.5 * HOURS,
    Unit.ADDRESS_HOUR: HOURS,
    # One strongly consistent read twice a second, one row every ten.
    Unit.READ: 2 * SECONDS,
    Unit.WRITE: SECONDS / 10,
}
"""A month of a DNS node of the template's size."""

ISSUANCE: Counted = {
    Unit.WRITE: 71,
    Unit.READ: 24,
    Unit.OBJECT_PUT: 4,
    Unit.MESSAGE: 3,
    Unit.INVOCATION: 2,
    Unit.COMPUTE: 8,
    Unit.LOG_GB: 10e-6,
}
"""One certificate, from the request or the renewal to the stored version: counted by `bench.issuance_calls`."""

LOOK: Counted = {
    Unit.WRITE: 8,
    Unit.READ: 4,
    Unit.MESSAGE: 3,
    Unit.INVOCATION: 1,
    Unit.COMPUTE: 1.25,
    Unit.LOG_GB: 1e-6,
}
"""One look at a certificate that is issued, whether the CA suggests to renew it (RFC 9773): counted likewise.

Every second look walks to its records too, a second and a half.
"""

LOOKS_A_DAY = 2

LEAST_NODES = 2
"""A deployment pays for so many at least, though fewer may be alive for a while, or run on one machine."""

KEPT: Counted = {Unit.TABLE_GB: 12e-6, Unit.OBJECT_GB: 30e-6}
"""A month of what is stored of a certificate: its items with 400 days of history, its versions."""


@dataclass(frozen=True, slots=True)
class Usage:
    """How much there is, and how much is done in a month; `issuances` are first ones and renewals."""

    certificates: int
    issuances: float
    nodes: int = LEAST_NODES


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the bill: what for, and US dollars a month."""

    what: str
    dollars: float


_WATCHING = (Unit.METRIC, Unit.ALARM, Unit.DASHBOARD)


def renewals_a_month(certificates: int, lifetime_days: float = 90) -> float:
    """Tell how often so many certificates are renewed in a month: each at two thirds of its lifetime."""
    return certificates * DAYS / (lifetime_days * 2 / 3)


def bill(usage: Usage) -> tuple[Line, ...]:
    """Write the bill of a month."""
    look = _price(LOOK) * LOOKS_A_DAY * DAYS + _price(KEPT)
    return (
        Line("Load balancer and its two addresses", _price(_only(DEPLOYMENT, Unit.BALANCER_HOUR, Unit.ADDRESS_HOUR))),
        Line("DNS nodes with their addresses", _price(NODE) * usage.nodes),
        Line("Metrics, alarms and a dashboard", _price(_only(DEPLOYMENT, *_WATCHING))),
        Line("Key, secrets, schedules and logs", _price(_rest_of_deployment())),
        Line("Issuing and renewing", _price(ISSUANCE) * usage.issuances),
        Line("Keeping and looking after certificates", look * usage.certificates),
    )


def month(usage: Usage) -> float:
    """Add the bill of a month up."""
    return sum(line.dollars for line in bill(usage))


def _price(counted: Counted) -> float:
    return sum(PRICES[unit] * number for unit, number in counted.items())


def _only(counted: Counted, *units: Unit) -> Counted:
    return {unit: counted[unit] for unit in units}


def _rest_of_deployment() -> Counted:
    shown = (Unit.BALANCER_HOUR, Unit.ADDRESS_HOUR, *_WATCHING)
    return {unit: number for unit, number in DEPLOYMENT.items() if unit not in shown}


# --- ACM's exportable public certificates: charged when one is issued, and again at each renewal

ACM_NAME, ACM_WILDCARD = 7.0, 79.0
"""US dollars for each name, and for each wildcard, of one certificate of 198 days (since 18 February 2026)."""

ACM_RENEWED_AFTER_DAYS = 198 - 45
"""ACM renews 45 days before the end; sources that say 60 make it dearer."""


@dataclass(frozen=True, slots=True)
class Names:
    """How many names certificates have: plain ones and wildcards."""

    plain: int
    wildcards: int

    @property
    def charge(self) -> float:
        """What ACM asks for once for certificates of these names."""
        return self.plain * ACM_NAME + self.wildcards * ACM_WILDCARD


def count_names(names: Iterable[str], total: int) -> Names:
    """Count the names of a certificate; of those that are not given none counts as a wildcard, in ACM's favour."""
    wildcards = sum(name.startswith("*.") for name in names)
    return Names(total - wildcards, wildcards)


def acm_month(names: Names) -> float:
    """Tell what ACM asks for in a month, on average over the years."""
    return names.charge * DAYS / ACM_RENEWED_AFTER_DAYS


def acm_until_now(names: Names, issued_at: int, now: int) -> float:
    """Tell what ACM had asked for by now, had it issued these names first at `issued_at` (epoch milliseconds)."""
    return names.charge * (1 + max(0, now - issued_at) // (ACM_RENEWED_AFTER_DAYS * DAY))
