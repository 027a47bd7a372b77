"""What Streamlit reads as Markdown has gone through `sentence`, or is a text of this project that is listed here."""

import ast
import re
from collections.abc import Iterator

import pytest

from tests.truths.test_layering import PAGES, module

DRAWN = re.compile(
    "button|camera_input|caption|checkbox|color_picker|download_button|error|expander|file_uploader|header|image|info|"
    "link_button|markdown|metric|multiselect|number_input|page_link|pills|popover|progress|radio|segmented_control|"
    "select_slider|selectbox|slider|spinner|status|subheader|success|text_input|title|toast|toggle|warning"
)
"""Methods that read their first argument, but for those of `OTHER_FIRST`, and some of their keywords as Markdown."""

OTHER_FIRST = {"image", "progress"}
KEYWORDS = {"body", "caption", "help", "label", "text", "title"}

OURS = {
    # tables of this project, and what controls say of their fields
    *("WHAT[method]", "WHAT[name]", "TOLD[mode]", "item.title", "item.credit", "lc.METHODS[name].title"),
    *("lc.METHODS[name].help", "metrics[key].help", "rules['help']", "controls['num_features'].metadata['help']"),
    *("os.pathsep", "title()", "help", "heading", "title", "none", "noun"),
    # numbers
    *(
        "len()",
        "count()",
        "superpixels_in_words()",
        "seconds()",
        "scale",
        "headline()",
        "k",
        "level",
        "number",
    ),
    *("counts[word]", "word", "times", "low", "high", "figure.title"),
    *("plan.num_samples", "wanted", "segmentation.in_photo", "state.done", "step.done", "step.total"),
    # sentences of numbers and of this project, labels of buttons and steps, and keys
    *("nothing", "about", "holds", "NOTHING.headline", "NOTHING.sentence"),
    *("changed", "settled()", "not_settled()", "certain_signs()", "refusal", "warning", "cost", "label", "step.label"),
    *("self.press", "key"),
    # texts of lessons, in which `read_lesson` has refused what loads or links, and figures in them that are escaped
    *("lesson.before", "lesson.takeaway", "lesson.questions[0].text", "question.text", "filled_in()", "said"),
    *("capitalize()", "missing", "STATES[state(lesson.name)]", "STATES[state(name)]"),
    # made with `sentence`
    *("_line()", "others"),
}
"""Parts of what is drawn that hold no text of anybody else, as they stand in the code; a call by its name alone."""


def name(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def draws(function: ast.expr) -> bool:
    return isinstance(function, ast.Attribute) and bool(DRAWN.fullmatch(function.attr))


def parts(text: ast.expr) -> Iterator[str]:
    """What a text is put together from, without constants, numbers that are formatted, and `sentence`."""
    match text:
        case ast.Constant() | ast.FormattedValue(format_spec=ast.expr()):
            return
        case ast.JoinedStr(values) | ast.BoolOp(values=values):
            inner = values
        case ast.FormattedValue(value):
            inner = [value]
        case ast.BinOp(left, _, right):
            inner = [left, right]
        case ast.IfExp(_, then, other):
            inner = [then, other]
        case ast.Call(ast.Attribute(attr="join"), [ast.GeneratorExp(elt) | ast.ListComp(elt)]):
            inner = [elt]
        case ast.Call(function):
            if name(function) != "sentence":
                yield f"{name(function)}()"
            return
        case _:
            if not re.fullmatch(r"(\w+\.)?[A-Z_0-9]+", ast.unparse(text)):  # nor constants by their names
                yield ast.unparse(text)
            return
    for each in inner:
        yield from parts(each)


def drawn(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Lines in which something is drawn that is no constant, and what."""
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and (ast.unparse(call.func) == "box" or draws(call.func)):
            first = [] if name(call.func) in OTHER_FIRST else call.args[:1]
            for text in [*first, *(keyword.value for keyword in call.keywords if keyword.arg in KEYWORDS)]:
                yield from ((call.lineno, part) for part in parts(text))


@pytest.mark.parametrize("path", PAGES, ids=module)
def test_what_is_drawn_goes_through_sentence_or_is_listed(path):
    others = [(line, part) for line, part in drawn(ast.parse(path.read_text("utf-8"))) if part not in OURS]
    assert others == [], "put it through sentence(), or list it in OURS where it can hold no text of anybody"


def test_what_is_listed_is_drawn():
    assert {part for path in PAGES for _, part in drawn(ast.parse(path.read_text("utf-8")))} >= OURS


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("st.error(str(error))", ["str()"]),
        ("st.error(sentence(str(error)))", []),
        ("st.caption(f'{upload.name}, given before.')", ["upload.name"]),
        ("st.caption(f'{share:.0%} of {sentences.sentence(upload.name)}')", []),
        ("place.markdown(':small[' + name + ']')", ["name"]),
        ("st.image(pixels, alt=name, caption=f'{e.class_name}')", ["e.class_name"]),
        ("st.button('Use', help=reason if reason else 'x')", ["reason"]),
        ("st.markdown('  \\n'.join(f'{title}' for title in titles))", ["title"]),
    ],
)
def test_a_text_of_somebody_else_is_found(code, found):
    assert [part for _, part in drawn(ast.parse(code))] == found
