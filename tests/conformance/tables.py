"""Tables of cases: each line has a sentence for its name, which is the test's id."""

from collections.abc import Mapping, Sequence

import pytest

type Row = Sequence[object]


def cases(fields: str, rows: Mapping[str, Row]) -> pytest.MarkDecorator:
    """Run a test once for each row; `fields` names what a row holds, separated by blanks."""
    return pytest.mark.parametrize(fields.split(), [pytest.param(*row, id=sentence) for sentence, row in rows.items()])
