"""A caret stands under the place in a text, however wide its letters are."""

from mixwell.errors import FormulaError


def test_a_place_at_the_end_of_the_text_gets_one_caret_after_it() -> None:
    error = FormulaError("Something is missing.", text="y ~", start=3, stop=3)
    assert str(error).splitlines()[2] == "       ^"


def test_only_the_line_of_the_place_is_shown() -> None:
    text = "y ~ a +\n    b c +\n    d"
    error = FormulaError("Stray.", text=text, start=14, stop=15)
    assert str(error).splitlines()[1:] == ["        b c +", "          ^"]


def test_a_place_over_several_lines_is_marked_to_the_end_of_its_first_line() -> None:
    error = FormulaError("Both.", text="y ~ ab +\ncd", start=4, stop=11)
    assert str(error).splitlines()[1:] == ["    y ~ ab +", "        ^~~~"]


def test_a_long_line_is_cut_around_the_place() -> None:
    text = "y ~ " + " + ".join(f"column_{i}" for i in range(200))
    start = text.index("column_100")
    error = FormulaError("This one.", text=text, start=start, stop=start + 10)
    line, caret = str(error).splitlines()[1:]
    assert len(line) < 120
    assert line[caret.index("^") : caret.rindex("~") + 1] == "column_100"


def test_the_caret_stands_under_the_place_after_wide_and_combining_letters() -> None:
    wide = FormulaError("Here.", text="身長 ~ x z", start=7, stop=8)
    assert str(wide).splitlines()[2] == "    " + " " * 9 + "^"
    accent = FormulaError("Here.", text="e\N{COMBINING ACUTE ACCENT} ~ x z", start=7, stop=8)
    assert str(accent).splitlines()[2] == "    " + " " * 6 + "^"


def test_tabs_do_not_move_the_caret() -> None:
    error = FormulaError("Here.", text="y\t~\tx z", start=6, stop=7)
    assert str(error).splitlines()[1:] == ["    y ~ x z", "          ^"]
