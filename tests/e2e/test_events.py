"""Changes of state reach whoever listens, through the table's stream, the function and the bus."""

import json
from typing import Any

import pytest

from local.system import LocalSystem
from tests.support.eventually import eventually
from tests.support.local_options import local_options
from tests.support.world_user import User

NAME = "www.example.test"


@pytest.mark.slow
def test_a_listener_hears_of_every_state_a_certificate_comes_into() -> None:
    """In their order, each with names and owner: what is missing, that it is asked for, that it is there."""
    with LocalSystem(local_options()) as system:
        user = User.of(system)
        heard: list[dict[str, Any]] = []
        queue = listen(system)
        certificate = user.api.ask_for((NAME,))
        eventually(lambda: states(hear(system, queue, heard)), ["waiting/requested", "waiting/address-missing"])
        for record in certificate["records"]:
            user.add_record(record)
        user.api.check_now(certificate["id"])
        eventually(lambda: states(hear(system, queue, heard))[-1], "issued/issued")
    assert {event["detail"]["certificate"] for event in heard} == {certificate["id"]}
    assert all(event["detail"]["names"] == [NAME] and event["detail"]["owner"] for event in heard)
    assert heard[-1]["detail"]["expires_at"]


def listen(system: LocalSystem) -> str:
    """Have a new queue take the events that an operator would."""
    sqs, events = system.stack.client("sqs"), system.stack.client("events")
    url: str = sqs.create_queue(QueueName="listener")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    pattern = {"source": ["certwright"], "detail-type": ["Certificate State Changed"]}
    events.put_rule(Name="listener", EventPattern=json.dumps(pattern))
    events.put_targets(Rule="listener", Targets=[{"Id": "queue", "Arn": arn}])
    return url


def hear(system: LocalSystem, queue: str, heard: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Add what has come in the meantime."""
    sqs = system.stack.client("sqs")
    for message in sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", []):
        heard.append(json.loads(message["Body"]))
        sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    return heard


def states(heard: list[dict[str, Any]]) -> list[str]:
    """Name what was heard, in its order."""
    return [f"{event['detail']['state']}/{event['detail']['reason']}" for event in heard]
