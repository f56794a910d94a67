"""Records in other tools' forms: each is read by the tool itself, or by its own library, where it is there."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from botocore.session import get_session
from botocore.validate import ParamValidator

from certwright.domain.record_export import RecordFormat, domains_of, quote_text, unquote_text, write_records
from certwright.domain.records import Record
from tests.fakes.public_suffixes import FakePublicSuffixes

RECORDS = (
    Record("A", "ns-x1.example.com", "192.0.2.1"),
    Record("A", "ns-x1.example.com", "192.0.2.2"),
    Record("NS", "acme-x2.example.com", "ns-x1.example.com"),
    Record("CNAME", "_acme-challenge.example.com", "e7c0.acme-x2.example.com"),
    Record("TXT", "_certwright.www.example.com", 'a "quoted" \\ ${proof} %{if}'),
)
HOSTILE = (
    Record("A", "ns.example.com", '192.0.2.1"\n'),
    Record("A", "ns.example.com\n$INCLUDE /etc/passwd", "192.0.2.1"),
    Record("CNAME", "${file(x)}.example.com", "target.example.com"),
    Record("CNAME", "_acme-challenge.example.com", "target.example.com. 300 IN A 192.0.2.1 ;"),
    Record("TXT", "_certwright.example.com", "two\nlines"),
    Record("MX", "example.com", "mail.example.com"),
    Record("NS", "", "ns.example.com"),
)
registrable = FakePublicSuffixes().registrable


def find(program: str) -> str:
    """Find a program, also where only root's PATH looks; skips where there is none."""
    found = shutil.which(program) or shutil.which(program, path="/usr/sbin:/usr/local/sbin")
    return found or pytest.skip(f"{program} is not installed: {program} can't judge what is written for it")


@pytest.mark.parametrize("program", ["named-checkzone", "nsd-checkzone"])
def test_a_name_server_takes_the_lines_as_they_are(tmp_path: Path, program: str) -> None:
    """Pasted into the zone of the domain, every record among them."""
    head = "$TTL 60\n@ IN SOA ns.other.example. host.other.example. 1 60 60 60 60\n@ IN NS ns.other.example.\n"
    zone = tmp_path / "example.com.zone"
    zone.write_text(head + write_records(RECORDS, RecordFormat.BIND, registrable))
    judged = subprocess.run(
        [find(program), "example.com", str(zone)], capture_output=True, text=True, check=False, timeout=60
    )
    assert judged.returncode == 0, judged.stdout + judged.stderr


def test_the_lines_name_everything_absolutely() -> None:
    """So that a domain is not appended to them, whatever zone they are pasted into."""
    assert write_records(RECORDS, RecordFormat.BIND, registrable).splitlines() == [
        "ns-x1.example.com. 300 IN A 192.0.2.1",
        "ns-x1.example.com. 300 IN A 192.0.2.2",
        "acme-x2.example.com. 300 IN NS ns-x1.example.com.",
        "_acme-challenge.example.com. 300 IN CNAME e7c0.acme-x2.example.com.",
        '_certwright.www.example.com. 300 IN TXT "a \\"quoted\\" \\\\ ${proof} %{if}"',
    ]


@pytest.mark.parametrize("form", [RecordFormat.TERRAFORM, RecordFormat.TERRAFORM_CLOUDFLARE])
def test_terraform_formats_its_file_no_further(tmp_path: Path, form: RecordFormat) -> None:
    """It can be parsed, and is written as Terraform itself would write it."""
    file = tmp_path / "records.tf"
    file.write_text(write_records(RECORDS, form, registrable))
    command = [find("terraform"), "fmt", "-check", "-diff", str(file)]
    checked = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert (checked.returncode, checked.stdout) == (0, ""), checked.stdout + checked.stderr


def test_terraform_has_a_resource_for_each_set_in_route_53() -> None:
    """The addresses of a name server are one set; nothing in a value is taken for a template."""
    text = write_records(RECORDS, RecordFormat.TERRAFORM, registrable)
    assert (
        'resource "aws_route53_record" "a_ns-x1_example_com" {\n'
        '  zone_id = var.certwright_zone_ids["example.com"]\n'
        '  name    = "ns-x1.example.com"\n'
        '  type    = "A"\n'
        "  ttl     = 300\n"
        '  records = ["192.0.2.1", "192.0.2.2"]\n'
        "}\n"
    ) in text
    assert '["a \\"quoted\\" \\\\ $${proof} %%{if}"]' in text


def test_terraform_has_a_resource_for_each_record_at_cloudflare() -> None:
    """None of them proxied, which NS and TXT can't be anyway."""
    text = write_records(RECORDS, RecordFormat.TERRAFORM_CLOUDFLARE, registrable)
    assert [line for line in text.splitlines() if line.startswith("resource")] == [
        'resource "cloudflare_dns_record" "a_ns-x1_example_com_1" {',
        'resource "cloudflare_dns_record" "a_ns-x1_example_com_2" {',
        'resource "cloudflare_dns_record" "ns_acme-x2_example_com" {',
        'resource "cloudflare_dns_record" "cname__acme-challenge_example_com" {',
        'resource "cloudflare_dns_record" "txt__certwright_www_example_com" {',
    ]
    assert text.count("proxied = false") == 3


def test_route_53_takes_the_change_batch() -> None:
    """By botocore's own model of the call; it creates, so that nothing which stands is changed."""
    batch = json.loads(write_records(RECORDS, RecordFormat.ROUTE53, registrable))
    shape = get_session().get_service_model("route53").operation_model("ChangeResourceRecordSets").input_shape
    assert shape is not None
    report = ParamValidator().validate({"HostedZoneId": "Z1", "ChangeBatch": batch}, shape)
    assert report.generate_report() == ""
    assert {change["Action"] for change in batch["Changes"]} == {"CREATE"}
    sets = [change["ResourceRecordSet"] for change in batch["Changes"]]
    assert [(item["Type"], len(item["ResourceRecords"])) for item in sets] == [
        ("A", 2),
        ("NS", 1),
        ("CNAME", 1),
        ("TXT", 1),
    ]


def test_json_has_the_records_as_the_api_shows_them() -> None:
    """Type, name, value."""
    found = json.loads(write_records(RECORDS, RecordFormat.JSON, registrable))
    assert [Record(**item) for item in found["records"]] == list(RECORDS)


@pytest.mark.parametrize("form", RecordFormat)
@pytest.mark.parametrize("record", HOSTILE, ids=repr)
def test_what_is_no_record_of_ours_is_not_written(record: Record, form: RecordFormat) -> None:
    """No line, directive or template gets into a file, wherever a name came from."""
    with pytest.raises(ValueError, match="can't be written"):
        write_records((record,), form, registrable)


@pytest.mark.parametrize("value", ["", "plain", 'a "b" \\ c', "x" * 255, "y" * 600, '"' * 300])
def test_a_text_is_quoted_and_read_back(value: str) -> None:
    """In strings of at most 255 characters each (RFC 1035 §3.3)."""
    quoted = quote_text(value)
    assert unquote_text(quoted) == value
    assert quoted.count('" "') == max(0, (len(value) - 1) // 255) or '"' in value


def test_records_are_told_apart_by_their_registrable_domain() -> None:
    """Each once, in their order."""
    others = (Record("A", "a.example.co.uk", "192.0.2.1"), Record("A", "example.co.uk", "192.0.2.1"))
    assert domains_of((*RECORDS, *others), registrable) == ("example.com", "example.co.uk")
