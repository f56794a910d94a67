"""Records as files: the media type and name of each form."""

from aws_lambda_powertools.event_handler import Response

from certwright.domain.record_export import RecordFormat

_FILES = {
    RecordFormat.JSON: ("application/json", "records.json"),
    RecordFormat.BIND: ("text/dns; charset=utf-8", "records.zone"),  # RFC 4027
    RecordFormat.TERRAFORM: ("text/plain; charset=utf-8", "records.tf"),
    RecordFormat.TERRAFORM_CLOUDFLARE: ("text/plain; charset=utf-8", "records.tf"),
    RecordFormat.ROUTE53: ("application/json", "change-batch.json"),
}


def records_reply(form: RecordFormat, text: str) -> Response[str]:
    """Build a reply that holds records, with a file name for whoever saves it."""
    media_type, name = _FILES[form]
    headers = {"cache-control": "no-store", "content-disposition": f'inline; filename="{name}"'}
    return Response(200, media_type, text, headers=headers)
