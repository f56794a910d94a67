"""docs/deployment.md names what is there: parameters, outputs, log lines, commands, and what stays."""

import re
from pathlib import Path

import pytest

from local.template import load

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs/deployment.md").read_text()
TEMPLATE = load()


def section(title: str) -> str:
    """Cut out the text below a heading, up to the next of any rank."""
    found = re.search(rf"^##+ {re.escape(title)}\n(.*?)(?=^##+ |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert found, title
    return found[1]


def first_cells(text: str) -> list[str]:
    """Read the first column of the tables, without their heads."""
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    return [row.split("|")[1].strip() for row in rows if not row.startswith(("|--", "| parameter", "| output"))]


def words(text: str) -> list[str]:
    """Read what is set as code."""
    return re.findall(r"`([^`]+)`", text)


def test_its_parameters_are_the_templates() -> None:
    """With the defaults that it tells, where it tells one word."""
    parameters = TEMPLATE.parameters
    named = [name for cell in first_cells(section("Deploy")) for name in words(cell)]
    assert set(named) <= set(parameters)
    assert {"AcmeDirectory", "TermsAgreed", "ExistingAllocationIds", "NodeImage", "NodeTasks"} <= set(named)
    assert f"| `AcmeDirectory` | `{parameters['AcmeDirectory']}` |" in PAGE
    assert "| 2, 256, 512 |" in PAGE
    assert [parameters[name] for name in ("NodeTasks", "NodeCpu", "NodeMemory")] == ["2", "256", "512"]


def test_its_outputs_are_the_templates() -> None:
    """A user looks for them by these names."""
    declared = re.findall(r"^  (\w+):", (ROOT / "template.yaml").read_text().partition("\nOutputs:")[2], re.MULTILINE)
    named = [name for cell in first_cells(section("Look whether it works")) for name in words(cell)]
    assert named
    assert set(named) <= set(declared)


def test_its_log_lines_are_those_of_the_nodes_start() -> None:
    """Who reads a line at night must find it here."""
    program = (ROOT / "dnsnode/start.py").read_text()
    plain = re.sub(r"\{[^}]*\}", "…", program).replace('"', "")
    lines = [line for cell in first_cells(section("When nodes don't start")) for line in words(cell)]
    assert len(lines) >= 8
    for line in lines:
        pieces = [piece.strip() for piece in re.split(r"…|\b\d{3}\b|/tmp/node|boto3", line) if piece.strip(" ():")]
        assert pieces
        for piece in pieces:
            assert piece.strip(" ():") in plain, line


@pytest.mark.parametrize("command", sorted(set(re.findall(r"(?:^|`)make ([a-z-]+)", PAGE, re.MULTILINE))))
def test_its_commands_are_there(command: str) -> None:
    """Each `make` it tells is in the Makefile."""
    assert re.search(rf"^{command}:", (ROOT / "Makefile").read_text(), re.MULTILINE)


@pytest.mark.parametrize("file", ["stack-policy.json", "tools/pin_image.py", "dnsnode/Dockerfile", "samconfig.toml"])
def test_its_files_are_there(file: str) -> None:
    """What a command names can be given to it."""
    assert file in PAGE
    assert (ROOT / file).exists()


def test_it_tells_all_that_stays() -> None:
    """Each kind of resource that outlives the stack has its line, with what it costs."""
    kept = {
        item["Type"]
        for item in TEMPLATE.resources.values()
        if "DeletionPolicy" in item or "RetentionPolicy" in item.get("Properties", {})
    }
    stays = section("Delete")
    lines = {
        "AWS::DynamoDB::Table": "four tables",
        "AWS::S3::Bucket": "the bucket and its policy",
        "AWS::S3::BucketPolicy": "the bucket and its policy",
        "AWS::KMS::Key": "the key that encrypts them",
        "AWS::SecretsManager::Secret": "the secret of the admin token",
        "AWS::EC2::EIP": "two Elastic IPs",
        "AWS::Serverless::LayerVersion": "layer versions",
    }
    assert kept == set(lines)
    assert all(line in stays for line in lines.values())
