"""A table of text is read as what it is, and said where that is not plain; or refused by its line.

Right values: the same table written plainly; what R's read.csv2 and read.table give.
"""

import re
import warnings

import pandas as pd
import pytest

import mixwell as mw
from mixwell.tables.delimited_text import read_text
from mixwell.tables.text_layout import find_separator, layout


def read(text: str | bytes, preferred: str = ",") -> tuple[dict[str, list[object]], str]:
    """The columns, and all that is said."""
    data = text if isinstance(text, bytes) else text.encode()
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        frame = read_text(data, '"a.csv"', preferred)
    columns = {str(name): frame[name].tolist() for name in frame}
    return columns, " ".join(str(each.message) for each in said)


PLAIN = {"y": [1.5, 2.5], "x": [2, 3]}
TEXT = "y,x\n1.5,2\n2.5,3\n"


@pytest.mark.parametrize(
    "data",
    [
        TEXT.encode(),
        TEXT.rstrip().encode(),
        TEXT.encode("utf-8-sig"),
        TEXT.encode("utf-16"),
        TEXT.replace("\n", "\r\n").encode(),
        TEXT.replace("\n", "\r").encode(),
        TEXT.replace("\n", "\n\n  \n").encode(),
        TEXT.replace(",", ", ").encode(),
        b'"y" , x\n1.5,2\n2.5,3\n'.replace(b'" ', b'"'),
        b'"y","x"\n"1.5","2"\n"2.5","3"\n',
        b"y,x\n1.5,2,\n2.5,3,\n",
    ],
    ids=["plain", "cut", "mark", "utf16", "crlf", "cr", "blank", "spaces", "quoted", "all", "ends"],
)
def test_what_means_the_same_table_is_read_without_a_word(data: bytes) -> None:
    assert read(data) == (PLAIN, "")


@pytest.mark.parametrize(
    ("text", "columns", "said"),
    [
        ("y;x\n1.5;2\n2.5;3\n", PLAIN, ['separated by ";"']),
        ("y\tx\n1.5\t2\n2.5\t3\n", PLAIN, ["separated by a tab"]),
        ("y|x\n1.5|2\n2.5|3\n", PLAIN, ['separated by "|"']),
        ("y  x\n1.5 2\n2.5    3\n", PLAIN, ["separated by a space"]),
        ("y;x\n1,5;2\n2,5;3\n", PLAIN, ['separated by ";"', "decimal mark", "y is read"]),
        ("sep=;\ny;x\n1,5;2\n2,5;3\n", PLAIN, ["decimal mark"]),
        ("y;x;g\n1.001,5;2;a,b\n2;3;c\n", {"y": [1001.5, 2.0]}, ["decimal mark"]),
        ("y;x\n1,500;2\n2,500;3\n", PLAIN, ["decimal mark"]),
        ('"y","x"\n"1",1.5,2\n"2",2.5,3\n', PLAIN, ["taken for names of rows, as R writes them"]),
        ('"y" "x"\n"1" 1.5 2\n"2" 2.5 3\n', PLAIN, ["names of rows", "a space"]),
    ],
)
def test_what_is_understood_beyond_that_is_said(
    text: str, columns: dict[str, list[object]], said: list[str]
) -> None:
    found, words = read(text)
    assert {name: found[name] for name in columns} == columns
    assert [each for each in said if each not in words] == []


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "is empty"),
        (b"\n \n", "is empty"),
        (b"y,x\n", "has names of columns and no rows"),
        (b"y,x\n1,2\n1,2,3\n3,4\n", "Line 3 .* has 3 fields, where 2 columns have names"),
        (b"y;x\n1;2\n1;2;3\n", "Line 3 .* has 3 fields"),
        (b'y,g\n1,"a\nb"\n2,c,d\n3,e\n', "Line 4 .* has 3 fields"),
        (b"y,x,z\n1,2,3\n1,2\n3,4,5\n", "Line 3 .* has 2 fields, where 3 columns"),
        (b"y,x,z\n1,2\n1,2,3\n3,4\n", "So have 1 further lines"),
        (b"y,x,z\n1,2,3\n\n1,2", r"Line 4 .* has 2 fields(.|\n)*may be cut off"),
        (b"A study\n\ny,x\n1,2\n3,4\n", r"Line 1 .* has 1 field, and the lines(.|\n)*tail -n \+2"),
        (b"y\n1,5\n2,5\n", r"Line 1 .* has 1 field(.|\n)*Decimal commas are read where"),
        (b"y;x\n1,5;2.5\n2,5;3.5\n", "decimal commas, and column .x. points"),
        (b'y,g\n1,"a\n2,b\n3,c\n', "quote that opens in line 2 .* is never closed"),
        (b'y,g\n1,"a\n2,"b"\n3,c\n', "opens in line 2 .* is followed by more in line 3"),
        (b'y,g\n1,"a\n2,"b"\n3,"c\n4,d\n', "opens in line 2 .* is followed by more in line 3"),
        ("y,g\n1,Zürich\n".encode("latin-1"), r"Line 2 .* is not UTF-8(.|\n)*1,Zürich(.|\n)*iconv"),
        (TEXT.encode("utf-16-le"), "looks like UTF-16"),
        (b"y,x\n1,2\n3\0,4\n", "Line 3 .* holds a byte 0"),
        (b"1.5,2\n2.5,3\n", "Line 1 .* holds numbers, where the names"),
        (b"a,1.5\nb,2.5\n", "Line 1 .* reads like a row"),
        (b"a,1\nb,2\na,3\n", "Line 1 .* reads like a row"),
        (b"y,x,y\n1,2,3\n", r"2 columns .* are called .y.(.|\n)*columns 1, 3 of line 1"),
        (b"y,x, y\n1,2,3\n", "2 columns .* are called .y."),
        (b"y,x\n1,2\ny,x\n1,3\n", "Line 3 .* repeats the names"),
    ],
)
def test_what_is_no_table_is_refused_with_the_line(data: bytes, said: str) -> None:
    with pytest.raises(mw.DataError) as caught:
        read(data)
    assert re.search(said, str(caught.value))


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("id,2019,2020\na,1,2\nb,3,4\n", {"id": ["a", "b"], "2019": [1, 3], "2020": [2, 4]}),
        ("y,other\n1,other\n2,\n", {"y": [1, 2]}),
        ('y,g\n1,5" disk\n2,b\n3,6" disk\n', {"g": ['5" disk', "b", '6" disk']}),
        ('y,g\n1,"a\nb"\n2,"c, d"\n3,"say ""hi"""\n', {"g": ["a\nb", "c, d", 'say "hi"']}),
        ("y\n1\n\n2\n", {"y": [1, 2]}),
        ("y,reaction time\n1,2\n", {"y": [1], "reaction time": [2]}),
        ("y,😀\n1,2\n", {"y": [1], "😀": [2]}),
        ("y,g\n1,a;b\n2,c;d\n", {"g": ["a;b", "c;d"]}),
    ],
)
def test_what_only_looks_strange_is_read_as_it_is(
    text: str, columns: dict[str, list[object]]
) -> None:
    found, words = read(text)
    assert {name: found[name] for name in columns} == columns
    assert words == ""


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (["1"] * 20 + ["12o"], '1 of its 21 values is no number, such as "12o" in line 22'),
        (["1", "2", "3", ".", "."], '2 of its 5 values are no numbers, such as "." in line 5'),
        (['"1,234"', '"12,345"'], 'its numbers have commas, such as "1,234"'),
        (["a", "b", "1"], ""),
        (["18-25", "26-30"], ""),
    ],
)
def test_a_column_that_was_meant_to_be_numbers_is_said(values: list[str], said: str) -> None:
    text = "".join(f"1,{value}\n" for value in values)
    words = read(f"y,x\n{text}")[1]
    assert said in words
    assert bool(said) == bool(words)


def test_a_column_is_of_one_type_however_long_it_is() -> None:
    # pandas by parts: numbers where a part holds numbers only, and 1 and "1" are then two levels
    data = "g\n" + "1\n" * 1_000_000 + "a\n"
    with pytest.warns(mw.MixwellWarning, match="in line 1000002"):
        frame = read_text(data.encode(), "long")
    assert frame["g"].map(type).unique().tolist() == [str]


def test_the_quick_look_and_the_careful_one_agree(tmp_path) -> None:
    frame = pd.DataFrame({"y": range(5), "g": ["a", 'b "c"', "d,e", "f\ng", ""]})
    data = frame.to_csv(index=False).encode()
    found = layout(data, ",", "a")
    assert found.fields.tolist() == [2] * 6
    assert found.lines.tolist() == [1, 2, 3, 4, 5, 7]
    uneven = layout(data + b"1,2,3\n", ",", "a")
    assert uneven.lines.tolist() == [1, 2, 3, 4, 5, 7, 8]
    assert find_separator(data, ",") == ","
