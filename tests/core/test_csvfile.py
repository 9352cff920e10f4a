"""CSV that can be opened without harm, and CSV that is read line by line in earnest."""

import csv
import datetime
import io
import uuid
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core import csvfile
from apps.core.csvfile import CsvError


def download(rows, header=("a", "b"), filename="calls.csv"):
    response = csvfile.stream(rows, header, filename)
    return response, b"".join(response.streaming_content).decode()


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+61 2 1234",
        "-1+1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        " =1",
        "\u00a0=1",
        "＝1",
        "＋1",
        "－1",
        "＠x",
        "-",
        "--1",
        "-1e5",
        "- 5",
        '=cmd|"/C calc"!A0',
        "'=1",
    ],
)
def test_a_cell_that_starts_a_formula_is_defused(text):
    _, content = download([[text, "x"]])
    row = list(csv.reader(io.StringIO(content, newline="")))[1]
    assert row == [f"'{text}", "x"]
    assert csvfile.plain(row[0]) == text


@pytest.mark.parametrize(
    "text", ["-5", "-12.50", "5", "a=b", "a-b", "O'Neil", "2026-11-20", "é😀", "", "'tis"]
)
def test_other_cells_and_negative_numbers_stay_as_they_are(text):
    assert csvfile.cell(text) == csvfile.plain(text) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (True, "yes"),
        (False, "no"),
        (-3, "-3"),
        (Decimal("-2.500"), "-2.5"),
        (datetime.date(2026, 1, 2), "2026-01-02"),
        (datetime.datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=datetime.UTC), "2026-01-02 03:04:05+00:00"),
        (uuid.UUID(int=1), "00000000-0000-0000-0000-000000000001"),
    ],
)
def test_values_are_written_as_people_read_them(value, text):
    assert csvfile.cell(value) == text


def test_a_cell_with_a_semicolon_can_not_open_a_new_cell_in_other_countries():
    _, content = download([["a;=1+1", "b\t=1"]])
    assert content.splitlines()[1] == '"a;=1+1","b\t=1"'


def test_a_download_has_a_safe_name_and_is_not_kept():
    response, content = download([(1, "x")] * 1000, filename='we"ek\r\n../2026 über.csv')
    assert response["Content-Disposition"] == 'attachment; filename="we-ek-..-2026-ber.csv"'
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Cache-Control"] == "private, no-store"
    assert response.streaming
    assert content.count("\r\n") == 1001
    assert download([], filename="///")[0]["Content-Disposition"].endswith('"export.csv"')


@given(
    st.lists(
        st.tuples(st.text(st.characters(codec="utf-8")), st.text(st.characters(codec="utf-8"))), max_size=5
    )
)
def test_what_is_written_can_be_read_as_csv_with_the_same_cells(rows):
    _, content = download(rows)
    read = list(csv.reader(io.StringIO(content, newline=""), strict=True))
    assert read[1:] == [[csvfile.cell(text) for text in row] for row in rows]
    for row in read[1:]:
        for text in row:
            assert not text.startswith(("=", "+", "@", "\t", "\r"))


def rows(text, columns=("a", "b"), optional=()):
    return list(csvfile.read(text, columns=columns, optional=optional))


def test_rows_come_with_the_number_of_the_line_they_begin_on():
    text = 'b,a\r\n1,2\r\n\r\n"x\r\ny", 3 \n5,6'
    assert rows(text) == [
        (2, {"b": "1", "a": "2"}),
        (4, {"b": "x\r\ny", "a": "3"}),
        (6, {"b": "5", "a": "6"}),
    ]


def test_files_bytes_and_byte_order_marks_are_read():
    for source in (
        "\ufeffa,b\né,2\n",
        "\ufeffa,b\né,2\n".encode(),
        io.BytesIO("a,b\né,2\n".encode()),
        io.StringIO("a,b\né,2\n"),
    ):
        assert rows(source) == [(2, {"a": "é", "b": "2"})]


def test_optional_columns_may_be_missing():
    assert rows("a\n1\n", columns=("a",), optional=("b",)) == [(2, {"a": "1"})]
    assert rows("a,b\n1,\n", columns=("a",), optional=("b",)) == [(2, {"a": "1", "b": ""})]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "Line 1: the file is empty"),
        ("\n\n", "Line 1: the file is empty"),
        ("a\n", "Line 1: the column b is missing"),
        ("a,b,c\n", "Line 1: there is no column 'c'"),
        ("a,b,a\n", "Line 1: the column a is there twice"),
        ("a;b\n1;2\n", "Line 1: there is no column 'a;b'"),
        ("a,b\n1,2\n3\n", "Line 3: 1 cells where the header has 2"),
        ('a,b\n1,"2\n', "Line 2: unexpected end of data"),
        ('a,b\n1,"2"x\n', "Line 2:"),
        ("a,b\n1,x\x00\n", "Line 2: Null"),
        ("a,b\n1,\u202ex\n", "Line 2: Characters that change the direction"),
        (b"a,b\n1,2\n\xff,3\n", "Line 3: the file has to be saved as UTF-8"),
        ("a,b\n1,".encode("utf-16"), "UTF-8"),
        ("a,b\n1," + "x" * 10_001, "Line 2: a cell is longer"),
        ("a,b\n1," + "x" * 200_000, "Line 2: field larger"),
    ],
)
def test_a_file_that_is_wrong_is_refused_in_one_line_that_names_the_place(text, says):
    with pytest.raises(CsvError) as raised:
        rows(text)
    assert says in str(raised.value)
    assert "\n" not in str(raised.value)
