"""R2: the report as people download it."""

import csv
import io

from services.registry.rejects import Reject, as_csv, shown


def test_r2_the_csv_opens_in_a_sheet_and_holds_no_formula():
    rejects = [
        Reject(7, "product", "bad_value", "must be a product code, such as mobile", '=HYPERLINK("http://x")'),
        Reject(8, "outlet_id", "unknown_reference", "there is no unit with this number; load it first"),
    ]
    text = as_csv(rejects)
    assert text.startswith("\ufeff")
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))
    assert rows[0] == ["line", "column", "code", "reason", "value"]
    assert rows[1][-1] == '\'=HYPERLINK("http://x")'
    assert rows[2] == ["8", "outlet_id", "unknown_reference", rejects[1].reason, ""]


def test_r2_values_are_quoted_short_and_never_where_they_could_be_personal():
    assert shown("x" * 99, secret=False) == "x" * 40
    assert shown("13812345678", secret=True) is None
    assert shown(None, secret=False) is None
