"""R1, R2: files are read line by line, and refused whole, in one message that names the place."""

import csv
import json

import pytest

from services.registry.feed import FeedRefused, batch_feed, file_feed
from services.registry.kinds import KINDS
from tests.services.registry.world import dated, sample, write

ACTIVITY = KINDS["activity"]
HEADER = ",".join(ACTIVITY.schema.columns())
GOOD = "H1,3,2,2026-08-31"


def opened(path, kind=ACTIVITY):
    return file_feed(path, kind.shape)


def file(tmp_path, content, name="activity.csv"):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def refused(tmp_path, content, *, line, says, column=None, name="activity.csv"):
    with pytest.raises(FeedRefused) as caught:
        opened(file(tmp_path, content, name))
    error = caught.value
    assert (error.file, error.line, error.column, error.rule) == (name, line, column, "R2")
    assert says in error.message
    assert name in error.message
    assert "Nothing of this file was loaded" in error.message
    assert "\n" not in error.message


def test_r1_rows_come_with_the_line_where_they_begin(tmp_path):
    path = file(tmp_path, f'{HEADER}\r\n{GOOD}\r\n\r\n"H\n2",1,1,2026-08-31\r\nH3,,0,2026-08-31\r\n')
    assert [(line.number, line.values["holding_id"], line.values["uses"]) for line in opened(path).lines()] == [
        (2, "H1", "3"),
        (4, "H\n2", "1"),
        (6, "H3", None),
    ]


def test_r1_a_byte_order_mark_and_another_order_of_columns_are_fine(tmp_path):
    path = file(tmp_path, b"\xef\xbb\xbfuses,business_date,holding_id,authenticated_uses\n3,2026-08-31,H1,2\n")
    (line,) = opened(path).lines()
    assert line.values == {"holding_id": "H1", "uses": "3", "authenticated_uses": "2", "business_date": "2026-08-31"}


def test_r1_ndjson_rows_keep_their_types(tmp_path):
    path = file(tmp_path, json.dumps(sample("activity")) + "\n\n" + json.dumps(sample("activity", uses=9)), "a.ndjson")
    feed = opened(path)
    assert [(line.number, line.values["uses"]) for line in feed.lines()] == [(1, 3), (3, 9)]
    assert feed.figures.rows == 2
    assert feed.figures.total == 12


def test_r1_an_empty_text_in_json_is_nothing_as_in_csv():
    (line,) = batch_feed(KINDS["holdings"].shape, "b", [sample("holdings", closed_on="", opening_ref="")]).lines()
    assert (line.values["closed_on"], line.values["opening_ref"]) == (None, None)


def test_r1_the_same_file_is_the_same_feed(tmp_path):
    one, two = (opened(write(tmp_path / "activity.csv", dated([sample("activity")]))) for _ in range(2))
    assert one.feed_id == two.feed_id
    other = opened(write(tmp_path / "activity-2.csv", dated([sample("activity")])))
    assert other.feed_id != one.feed_id


def test_r1_a_batch_is_the_same_feed_whatever_the_order_of_its_keys():
    row = sample("activity")
    one = batch_feed(KINDS["activity"].shape, "b", [row])
    two = batch_feed(KINDS["activity"].shape, "b", [dict(reversed(row.items()))])
    assert one.feed_id == two.feed_id
    assert one.figures == two.figures


@pytest.mark.parametrize(
    ("content", "line", "says"),
    [
        (b"", None, "is empty"),
        (b"PK\x03\x04rest of a workbook", 1, "Excel"),
        (b"\xd0\xcf\x11\xe0rest", 1, "old Excel"),
        (b"\x1f\x8bpacked", 1, "gzip"),
        (HEADER.encode("utf-16"), 1, "UTF-16"),
        (HEADER.encode() + b"\n\0\0\0", 2, "not a text file"),
        (HEADER.encode() + b"\n" + b"x" * (2 << 20), 2, "longer than"),
        (f"{HEADER}\n{GOOD}\n织里,3,2,2026-08-31\n".encode("gbk"), 3, "not UTF-8"),
        (f"{HEADER}\n{GOOD}\n{GOOD},more\n", 3, "has 5 fields, the header 4"),
        (f"{HEADER}\n{GOOD}\nH1,3\n", 3, "has 2 fields, the header 4"),
        (f'{HEADER}\n{GOOD}\n"H1,3,2,2026-08-31\n', 3, "not well-formed CSV"),
        (f'{HEADER}\n"H1"x,3,2,2026-08-31\n', 2, "not well-formed CSV"),
        (f"{HEADER}\r{GOOD}\r", 1, "not well-formed CSV"),
    ],
)
def test_r2_a_file_that_is_none_is_refused_whole(tmp_path, content, line, says):
    refused(tmp_path, content, line=line, says=says)


@pytest.mark.parametrize(
    ("header", "column", "says"),
    [
        ("holding_id,uses,business_date", "authenticated_uses", "lacks 'authenticated_uses'"),
        (f"{HEADER},colour", "colour", "has the unknown 'colour'"),
        (f"{HEADER},uses", "uses", "has twice 'uses'"),
        ("H1;3;2;2026-08-31", "holding_id", f"its columns are {HEADER}"),
    ],
)
def test_r2_a_wrong_header_is_refused_with_what_it_should_be(tmp_path, header, column, says):
    refused(tmp_path, f"{header}\n{GOOD}\n", line=1, column=column, says=says)


def test_r2_a_file_from_before_a_column_came_may_lack_it(tmp_path):
    shape = KINDS["transfers"].shape
    older = [name for name in shape.columns if name not in shape.may_lack]
    path = tmp_path / "transfers.csv"
    path.write_text(",".join(older) + "\nT1,H1,5,9,CNY,2026-08-31T09:15:00+08:00,2026-08-31\n")
    (line,) = file_feed(path, shape).lines()
    assert (shape.may_lack, set(line.values)) == (("direction", "counterparty"), set(older))
    path.write_text(",".join(older[1:]) + "\n")
    with pytest.raises(FeedRefused, match="lacks 'transfer_id'"):
        file_feed(path, shape)


@pytest.mark.parametrize("content", ["{", "[]", "7", '{"a": 1} {"b": 2}', "null", '{"a": NaN}', "\n[1]"])
def test_r2_ndjson_is_one_object_a_line(tmp_path, content):
    refused(tmp_path, '{"uses": 1}\n' + content, line=3 if "\n" in content else 2, says="JSON", name="a.ndjson")


def test_r2_what_is_no_feed_or_not_there_is_refused(tmp_path):
    refused(tmp_path, "x", line=None, says="a feed is a .csv", name="activity.xlsx")
    with pytest.raises(FeedRefused, match="cannot be read"):
        opened(tmp_path / "nothing.csv")
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(FeedRefused, match="cannot be read"):
        opened(tmp_path / "folder.csv")


def test_r2_an_empty_day_is_a_header_alone(tmp_path):
    feed = opened(file(tmp_path, f"{HEADER}\n"))
    assert feed.figures[0] == 0
    assert list(feed.lines()) == []


def test_r2_the_total_counts_what_is_a_number(tmp_path):
    feed = opened(file(tmp_path, f"{HEADER}\n{GOOD}\nH2,x,0,2026-08-31\nH3,,0,2026-08-31\nH4,-2,0,2026-08-31\n"))
    assert (feed.figures.rows, feed.figures.total) == (4, 1)


def test_a_field_over_the_csv_limit_is_refused_in_one_message(tmp_path):
    refused(tmp_path, f"{HEADER}\n{'x' * (csv.field_size_limit() + 1)},1,1,2026-08-31\n", line=2, says="field larger")
