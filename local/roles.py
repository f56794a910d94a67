"""Hold a process to a role: every AWS request is judged by the template's policies before it is sent.

Judged with it is what S3 asks of KMS in the caller's name. Not judged are policies of keys, buckets and queues; what
DynamoDB asks of KMS is granted to everyone by the key's.
"""

import fcntl
import json
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from dataclasses import astuple, dataclass
from functools import cache
from pathlib import Path
from typing import Any

from local.needs import Context, accesses
from local.policies import Access, Right, Statement, is_allowed, used_rights
from local.template import TEMPLATE

_is_asking: ContextVar[bool] = ContextVar("_is_asking", default=False)
"""Whether a request is made to judge another: it is not the role's."""


@dataclass(frozen=True, slots=True)
class Role:
    """A role of the template with its resources' ARNs in it.

    `object_key` is the ARN of the key that the bucket's objects are encrypted with. `use_log` is a file where each
    right is noted at its first use, for who wants to know what was granted in vain; empty: nowhere.
    """

    name: str
    statements: Sequence[Statement]
    object_key: str = ""
    use_log: str = ""


@cache
def key_facts(arn: str) -> Context:
    """Ask KMS, in nobody's role, what conditions may ask of a key: its kind and its tags."""
    from local.stack import new_client

    kms = new_client("kms", None)
    metadata = kms.describe_key(KeyId=arn)["KeyMetadata"]
    tags = {tag["TagKey"]: tag["TagValue"] for tag in kms.list_resource_tags(KeyId=arn)["Tags"]}
    kind = {"kms:KeySpec": metadata["KeySpec"], "kms:KeyUsage": metadata["KeyUsage"]}
    tagged = {f"aws:ResourceTag/{name}": value for name, value in tags.items()}
    return tuple((name, (value,)) for name, value in {**kind, **tagged}.items())


class Judge:
    """Judges the requests of clients that it is registered with."""

    def __init__(self, role: Role) -> None:
        self._role = role
        self._noted: set[Right] = set()

    def register(self, client: Any) -> None:
        """Judge one client's requests from now on."""
        client.meta.events.register("before-parameter-build", self.judge)

    def judge(self, params: Mapping[str, Any], model: Any, **_: object) -> None:
        """Refuse a request that the role does not allow, as AWS would: `AccessDeniedException`."""
        service = model.service_model.service_name
        if _is_asking.get():
            return
        asking = _is_asking.set(True)
        try:
            needed = accesses(service, model.name, params, self._role.object_key, key_facts)
        finally:
            _is_asking.reset(asking)
        for access in needed:
            if not is_allowed(self._role.statements, access):
                raise _denied(self._role, access, model.name)
            self._note(used_rights(self._role.statements, access))

    def _note(self, rights: set[Right]) -> None:
        new = rights - self._noted
        if new and self._role.use_log:
            self._noted |= new
            lines = "".join(json.dumps([self._role.name, *astuple(right)]) + "\n" for right in sorted(new))
            with Path(self._role.use_log).open("a") as log:
                fcntl.flock(log, fcntl.LOCK_EX)  # processes share it; the lock ends with the file's closing
                log.write(lines)


def enforce(role: Role) -> None:
    """Hold every client that this process makes from now on to a role.

    Not those that are made with the credentials of a role that was assumed: what it may do, its own account says.
    """
    from botocore.session import Session

    judge, make = Judge(role), Session.create_client

    def create_client(session: Session, *arguments: Any, **options: Any) -> Any:
        made = make(session, *arguments, **options)
        if not options.get("aws_session_token"):
            judge.register(made)
        return made

    Session.create_client = create_client  # type: ignore[assignment]  # its overloads name every service


def _denied(role: Role, access: Access, operation: str) -> Exception:
    """Say what is missing where, with the lines that would grant it."""
    from botocore.exceptions import ClientError

    message = (
        f"{role.name} does not allow {access}. If it is to be allowed, grant it under {role.name} in {TEMPLATE.name}: "
        f"Action: [{access.action}], Resource: {access.resource}"
    )
    if access.leading_keys:
        message += f", dynamodb:LeadingKeys: [{', '.join(access.leading_keys)}]"
    return ClientError({"Error": {"Code": "AccessDeniedException", "Message": message}}, operation)
