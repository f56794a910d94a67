"""The arrows of the code point one way. Each rule holds here, and is seen to fail on a small tree that breaks it."""

from pathlib import Path

import pytest

from tests.architecture import rules
from tests.architecture.code import imports, protocols
from tests.architecture.rules import Rule

ROOT = Path(__file__).resolve().parents[2]

DOMAIN = "layers/certwright/certwright/domain/thing.py"
FLOW = "layers/certwright/certwright/flows/thing.py"
ADAPTER = "layers/certwright/certwright/adapters/thing.py"
WEB = "layers/certwright/certwright/web/thing.py"
PORTS = "layers/certwright/certwright/ports/small.py"
HANDLER = "functions/api/handler.py"

SOUND = {
    DOMAIN: "import re\nfrom certwright.domain.other import x\n",
    FLOW: "from certwright import ports\nfrom certwright.domain import thing\nfrom certwright.settings import x\n",
    ADAPTER: "import boto3\nimport dns.message\nfrom certwright.domain.thing import x\nfrom certwright import ports\n",
    WEB: "from certwright.flows.thing import x\n",
    PORTS: "from typing import Protocol\nclass Small(Protocol):\n"
    + "".join(f"    def m{n}(self): ...\n" for n in range(5)),
    HANDLER: "from certwright import bootstrap\nACTIONS = {'GET /v1/things/{id}': 1}\n"
    "@app.get('/v1/things/<id>')\ndef read(id): ...\n",
    "functions/renewal/handler.py": "from certwright.flows.thing import x\n",
    "dnsnode/dnsnode/source.py": "import boto3\nfrom certwright.domain.answer import x\n",
    "dnsnode/dnsnode/other.py": "import dnslib\n",
    "template.yaml": "Resources:\n"
    "  Api: {Type: 'AWS::Serverless::Function', Properties: {CodeUri: functions/api/, Role: !GetAtt R.Arn, Events: {\n"
    "    Read: {Type: HttpApi, Properties: {Method: GET, Path: '/v1/things/{id}', ApiId: !Ref A}},\n"
    "    Tick: {Type: Schedule, Properties: {Schedule: !Sub 'rate(1 minute)'}}}}}\n"
    "  Renewal: {Type: 'AWS::Serverless::Function', Properties: {CodeUri: functions/renewal/}}\n"
    "  Table: {Type: 'AWS::DynamoDB::Table'}\n",
}
"""A small tree that breaks no rule."""

EVERY_RULE: list[Rule] = [
    rules.imports_point_one_way,
    rules.domain_needs_the_standard_library_only,
    rules.libraries_stay_where_they_belong,
    rules.one_module_of_the_node_reaches_aws,
    rules.every_module_belongs_to_a_part,
    rules.no_import_is_relative,
    rules.what_is_deployed_knows_nothing_of_what_is_not,
    rules.the_template_does_not_name_the_local_system,
    rules.ports_are_small,
    rules.every_route_is_declared_authorized_and_handled,
    rules.every_function_is_deployed,
]

rule_names = [rule.__name__ for rule in EVERY_RULE]


@pytest.mark.parametrize("rule", EVERY_RULE, ids=rule_names)
def test_the_code_keeps_to_the_rule(rule: Rule) -> None:
    """The rule's docstring is the guarantee."""
    assert rule(ROOT) == []


def plant(root: Path, **changed: str) -> Path:
    """Write the sound tree, with some files changed or added."""
    for name, text in {**SOUND, **changed}.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return root


@pytest.mark.parametrize("rule", EVERY_RULE, ids=rule_names)
def test_a_sound_tree_breaks_no_rule(rule: Rule, tmp_path: Path) -> None:
    """What the next test finds is what it has changed."""
    assert rule(plant(tmp_path)) == []


BROKEN: list[tuple[Rule, str, str, str]] = [
    (rules.imports_point_one_way, HANDLER, "from certwright.adapters.thing import x\n", "certwright.adapters.thing"),
    (rules.imports_point_one_way, HANDLER, "from certwright import ports\n", "certwright.ports"),
    (rules.imports_point_one_way, FLOW, "from certwright.adapters import thing\n", "certwright.adapters"),
    (rules.imports_point_one_way, FLOW, "from certwright import bootstrap\n", "certwright.bootstrap"),
    (rules.imports_point_one_way, FLOW, "def f():\n    import certwright.web.edge\n", "certwright.web.edge"),
    (rules.imports_point_one_way, ADAPTER, "from certwright.flows.thing import x\n", "certwright.flows.thing"),
    (rules.imports_point_one_way, ADAPTER, "from certwright.settings import x\n", "certwright.settings"),
    (rules.imports_point_one_way, WEB, "from certwright.adapters.thing import x\n", "certwright.adapters.thing"),
    (rules.imports_point_one_way, PORTS, "from certwright.adapters.thing import x\n", "certwright.adapters.thing"),
    (rules.imports_point_one_way, DOMAIN, "from certwright import ports\n", "certwright.ports"),
    (rules.imports_point_one_way, "dnsnode/dnsnode/other.py", "from certwright import ports\n", "certwright.ports"),
    (rules.domain_needs_the_standard_library_only, DOMAIN, "import pydantic\n", "pydantic"),
    (rules.domain_needs_the_standard_library_only, DOMAIN, "from certwright.flows.x import y\n", "certwright.flows.x"),
    (rules.libraries_stay_where_they_belong, FLOW, "import boto3\n", "boto3"),
    (rules.libraries_stay_where_they_belong, HANDLER, "import botocore.config\n", "botocore"),
    (
        rules.one_module_of_the_node_reaches_aws,
        "dnsnode/dnsnode/other.py",
        "from botocore import config\n",
        "2 modules of the node",
    ),
    (rules.libraries_stay_where_they_belong, FLOW, "import dnslib\n", "dnslib"),
    (rules.libraries_stay_where_they_belong, FLOW, "from pydantic import BaseModel\n", "pydantic"),
    (rules.libraries_stay_where_they_belong, ADAPTER, "import aws_lambda_powertools\n", "aws_lambda_powertools"),
    (rules.every_module_belongs_to_a_part, "layers/certwright/certwright/utils.py", "", "utils.py"),
    (rules.libraries_stay_where_they_belong, FLOW, "from cryptography import x509\n", "cryptography"),
    (rules.libraries_stay_where_they_belong, WEB, "import acme.client\n", "acme.client"),
    (rules.libraries_stay_where_they_belong, HANDLER, "import josepy\n", "josepy"),
    (rules.libraries_stay_where_they_belong, "dnsnode/dnsnode/other.py", "import dns.name\n", "dns.name"),
    (rules.no_import_is_relative, FLOW, "from ..adapters import thing\n", "..adapters"),
    (rules.what_is_deployed_knows_nothing_of_what_is_not, FLOW, "from local.ports import x\n", "local.ports"),
    (rules.what_is_deployed_knows_nothing_of_what_is_not, ADAPTER, "from tests import fakes\n", "tests.fakes"),
    (rules.what_is_deployed_knows_nothing_of_what_is_not, HANDLER, "if mode == 'local': ...\n", "names local"),
    (rules.the_template_does_not_name_the_local_system, "template.yaml", "Description: for Local mode\n", ":1"),
    (
        rules.ports_are_small,
        PORTS,
        "from typing import Protocol\nclass Wide(Protocol):\n"
        + "".join(f"    def m{n}(self): ...\n" for n in range(6)),
        "Wide has 6",
    ),
    (
        rules.every_route_is_declared_authorized_and_handled,
        HANDLER,
        SOUND[HANDLER] + "@app.post('/v1/things')\ndef make(): ...\n",
        "POST /v1/things is not in template and ACTIONS",
    ),
    (
        rules.every_route_is_declared_authorized_and_handled,
        HANDLER,
        SOUND[HANDLER].replace("'GET ", "'PUT "),
        "GET /v1/things/{id} is not in ACTIONS",
    ),
    (
        rules.every_route_is_declared_authorized_and_handled,
        "template.yaml",
        SOUND["template.yaml"].replace("GET", "DELETE"),
        "DELETE /v1/things/{id} is not in ACTIONS and handler",
    ),
    (rules.every_function_is_deployed, "functions/forgotten/handler.py", "", "functions/forgotten"),
]


@pytest.mark.parametrize(("rule", "file", "text", "told"), BROKEN)
def test_a_tree_that_breaks_a_rule_is_found_out(rule: Rule, file: str, text: str, told: str, tmp_path: Path) -> None:
    """The finding names the place."""
    found = rule(plant(tmp_path, **{file: text}))
    assert found
    assert told in " ".join(found)


def test_every_rule_is_seen_to_fail() -> None:
    """A rule that can't fail guards nothing."""
    assert {rule.__name__ for rule, *_ in BROKEN} == set(rule_names)


def test_the_rules_read_the_code_that_is_there() -> None:
    """An empty walk would keep every rule."""
    assert len(list(imports(ROOT, *rules.MAY_IMPORT))) > 300
    assert len(protocols((ROOT / PORTS).parent)) > 20
