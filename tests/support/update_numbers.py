"""What template.yaml says of how nodes are replaced, and what AWS itself takes, in AWS's own seconds."""

from dataclasses import dataclass
from typing import Any, Final

from local.template import load
from tests.support.stack import translated

SENT_AFTER_DEREGISTRATION: Final = 120
"""Seconds for which this kind of load balancer is seen to send to a target that was deregistered."""
SENT_AFTER_FAILED_CHECKS: Final = 40
"""The same for a target that failed its health checks (docs/decisions/0026-a-node-serves-on-until-nothing-comes.md)."""
LEAST_FAILURES: Final = 3
"""Tasks that must fail before ECS' circuit breaker gives a deployment up, for services of up to six tasks."""


@dataclass(frozen=True, slots=True)
class TargetGroup:
    """Health checks and deregistration: seconds, `healthy` and `unhealthy` numbers of checks."""

    interval: int
    healthy: int
    unhealthy: int
    delay: int
    terminates: bool

    @property
    def rounds_to_find_out(self) -> int:
        """In how many health checks nothing is sent to a dead node any more, at the latest."""
        return self.unhealthy + -(-SENT_AFTER_FAILED_CHECKS // self.interval)


@dataclass(frozen=True, slots=True)
class Rollout:
    """The service and its task: seconds, `minimum` and `maximum` percent of the tasks."""

    minimum: int
    maximum: int
    rolls_back: bool
    grace: int
    stop_timeout: int
    drain: float


def read_target_group(name: str = "DnsTargets") -> TargetGroup:
    """Read how a group of targets takes nodes in and out."""
    targets = _properties(name)
    attributes = {item["Key"]: item["Value"] for item in targets["TargetGroupAttributes"]}
    return TargetGroup(
        interval=targets["HealthCheckIntervalSeconds"],
        healthy=targets["HealthyThresholdCount"],
        unhealthy=targets["UnhealthyThresholdCount"],
        delay=int(attributes["deregistration_delay.timeout_seconds"]),
        terminates=attributes["deregistration_delay.connection_termination.enabled"] == "true",
    )


def read_rollout() -> Rollout:
    """Read how the service replaces its tasks."""
    service = _properties("NodeService")
    deployment = service["DeploymentConfiguration"]
    (container,) = _properties("NodeTask")["ContainerDefinitions"]
    return Rollout(
        minimum=deployment["MinimumHealthyPercent"],
        maximum=deployment["MaximumPercent"],
        rolls_back=deployment["DeploymentCircuitBreaker"] == {"Enable": True, "Rollback": True},
        grace=service["HealthCheckGracePeriodSeconds"],
        stop_timeout=container["StopTimeout"],
        drain=float(load().container_environment("NodeTask")["NODE_DRAIN_SECONDS"]),
    )


def _properties(name: str) -> dict[str, Any]:
    properties: dict[str, Any] = translated()["Resources"][name]["Properties"]
    return properties
