"""The stand-in provider's page: the records and a form to add one."""

from collections.abc import Iterable
from html import escape

from local.provider_records import TYPES, StoredRecord

_STYLE = """
:root { color-scheme: light dark; --line: #d6dae0; --soft: #f4f6f8; --ink: #1c2430; --mute: #5d6876; --accent: #14618f;
  --bad: #a3221c; --page: #fff }
@media (prefers-color-scheme: dark) { :root { --line: #37404b; --soft: #1d242c; --ink: #e4e9ee; --mute: #98a4b1;
  --accent: #68b7e6; --bad: #ff8b80; --page: #14191f } }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--page); max-width: 60rem;
  margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.4rem; margin: 0 } p { color: var(--mute); margin: .3rem 0 1.5rem }
table { border-collapse: collapse; width: 100%; margin-top: 1.5rem }
th { text-align: left; font-weight: 600; color: var(--mute); font-size: .85rem }
th, td { padding: .45rem .6rem; border-bottom: 1px solid var(--line) }
td.data { overflow-wrap: anywhere }
button { white-space: nowrap }
td.data { font-family: ui-monospace, monospace; font-size: .9rem }
form.add { display: flex; flex-wrap: wrap; gap: .8rem; align-items: end; background: var(--soft); padding: 1rem;
  border: 1px solid var(--line); border-radius: .5rem }
label { display: flex; flex-direction: column; font-size: .85rem; color: var(--mute); flex: 2 1 14rem }
label.short { flex: 0 1 5rem }
input, select, button { font: inherit; padding: .35rem .5rem; border: 1px solid var(--line); border-radius: .3rem;
  background: var(--page); color: var(--ink) }
button { color: var(--accent); cursor: pointer } .error { color: var(--bad); font-weight: 600 }
"""


def render_page(records: Iterable[StoredRecord], origins: Iterable[str], error: str = "") -> str:
    """Write the page as HTML; `error` is shown above the form."""
    rows = "".join(map(_render_row, records)) or '<tr><td colspan="5">No records yet.</td></tr>'
    zones = ", ".join(f"<strong>{escape(origin)}</strong>" for origin in origins)
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>DNS records</title><style>{_STYLE}</style></head><body>
<h1>DNS records</h1><p>A stand-in for a DNS provider. Your zones: {zones}. Names are written in full.</p>
{f'<p class="error" role="alert">{escape(error)}</p>' if error else ""}{_render_form()}
<table><thead><tr><th>Name</th><th>Type</th><th>Value</th><th>TTL</th><th></th></tr></thead>
<tbody>{rows}</tbody></table></body></html>
"""


def _render_form() -> str:
    options = "".join(f"<option>{type_}</option>" for type_ in TYPES)
    return f"""<form class="add" method="post" action="/records">
<label class="short">Type<select name="type">{options}</select></label>
<label>Name<input name="name" required placeholder="www.example.test"></label>
<label>Value<input name="value" required></label>
<label class="short">TTL (s)<input name="ttl" value="60" inputmode="numeric"></label>
<button>Add record</button></form>"""


def _render_row(record: StoredRecord) -> str:
    fields = {"type": record.type, "name": record.name, "value": record.value}
    hidden = "".join(f'<input type="hidden" name="{key}" value="{escape(text)}">' for key, text in fields.items())
    return (
        f'<tr><td class="data">{escape(record.name)}</td><td>{record.type}</td>'
        f'<td class="data">{escape(record.value)}</td><td>{record.ttl}</td>'
        f'<td><form method="post" action="/records/delete">{hidden}<button>Delete</button></form></td></tr>'
    )
