"""Controls are made from the fields of settings: untouched, they are the defaults, and no range breaks."""

import ast
from dataclasses import fields

import pytest
from streamlit.testing.v1 import AppTest

import lime_core as lc
from pages.ui.sidebar import controls
from tests.browser.app import ROOT
from tests.support.options import OPTIONS

LOGARITHMIC = [f for cls in OPTIONS for f in fields(cls) if f.metadata.get("log")]


@pytest.mark.parametrize("f", LOGARITHMIC, ids=lambda f: f"{f.name} from {f.metadata['low']}")
def test_logarithmic_steps_hold_both_ends_and_the_default(f):
    usual = f.metadata["usual"]
    steps = controls.log_steps(f.metadata["low"], f.metadata["high"], usual)
    assert steps[0] == f.metadata["low"]
    assert steps[-1] == f.metadata["high"]
    assert usual in steps
    assert steps == sorted(set(steps))
    assert len({f"{step:g}" for step in steps}) == len(steps)


def test_logarithmic_steps_are_1_2_5():
    assert controls.log_steps(0.1, 10.0, 0.3) == [0.1, 0.2, 0.3, 0.5, 1.0, 2.0, 5.0, 10.0]


def test_logarithmic_steps_begin_at_zero_where_zero_is_allowed():
    assert controls.log_steps(0.0, 1.0, 1.0)[:3] == [0.0, 0.001, 0.002]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("slic", "SLIC"),
        ("l2", "L2"),
        ("num_features", "Number of superpixels"),
        ("max_dist", "Max dist"),
        ("p", "Share shown"),
    ],
)
def test_titles_are_names_as_they_stand_on_the_screen(name, shown):
    assert controls.title(name) == shown


def test_no_two_options_of_a_table_share_a_title():
    for table in (lc.SEGMENTERS, lc.HIDINGS, lc.SAMPLERS, lc.SURROGATES, lc.KERNELS, lc.SELECTIONS):
        assert len({controls.title(name) for name in table}) == len(table)


def every_control() -> None:
    import streamlit as st

    from pages.ui.sidebar.controls import with_controls
    from tests.support.options import OPTIONS

    st.session_state["made"] = [with_controls(cls, cls.__name__) for cls in OPTIONS]


@pytest.fixture(scope="module")
def every() -> AppTest:
    return AppTest.from_function(every_control, default_timeout=60).run()


def test_untouched_controls_are_the_defaults(every):
    assert not every.exception
    assert every.session_state["made"] == [cls() for cls in OPTIONS]


def test_every_control_has_help(every):
    widgets = [
        *every.slider,
        *every.select_slider,
        *every.number_input,
        *every.selectbox,
        *every.toggle,
        *every.multiselect,
    ]
    assert len(widgets) + len(every.color_picker) == sum(len(fields(cls)) for cls in OPTIONS)
    assert all(widget.help for widget in widgets)


def test_both_ends_of_every_range_are_allowed_values():
    at = AppTest.from_function(every_control, default_timeout=60).run()
    for end in (0, -1):
        for widget in (*at.slider, *at.number_input):
            widget.set_value((widget.min, widget.max)[end])
        for widget in (*at.select_slider, *at.selectbox):
            last = at.session_state[widget.key]
            widget.set_value(type(last)(widget.options[end]))
        at.run()
        assert not at.exception
        changed = [made != cls() for made, cls in zip(at.session_state["made"], OPTIONS, strict=True)]
        assert sum(changed) > len(OPTIONS) / 2


def test_a_color_travels_as_three_numbers():
    at = AppTest.from_function(every_control, default_timeout=60).run()
    at.color_picker(key="Color-color").set_value("#0a1b2c").run()
    assert lc.Color((10, 27, 44)) in at.session_state["made"]


@pytest.mark.parametrize("cls", [lc.Lasso, lc.ElasticNet, lc.ElasticNetWithPrior])
def test_a_penalty_is_given_as_a_share_or_as_alpha(cls):
    at = AppTest.from_function(every_control, default_timeout=60).run()
    assert cls() in at.session_state["made"]
    at.selectbox(key=f"{cls.__name__}-alpha-or-share").set_value("Alpha").run()
    assert cls(alpha=0.001) in at.session_state["made"]
    at.select_slider(key=f"{cls.__name__}-alpha").set_value(0.01).run()
    assert cls(alpha=0.01) in at.session_state["made"]
    at.selectbox(key=f"{cls.__name__}-alpha-or-share").set_value("Share of the largest alpha").run()
    assert cls() in at.session_state["made"]
    at.select_slider(key=f"{cls.__name__}-share").set_value(0.2).run()
    assert cls(share=0.2) in at.session_state["made"]


def pick_one() -> None:
    import streamlit as st

    import lime_core as lc
    from pages.ui.sidebar.controls import pick

    st.session_state["made"] = pick("Surrogate", lc.SURROGATES, "surrogate", "Help.")


def test_an_option_remembers_its_settings_while_another_is_chosen():
    at = AppTest.from_function(pick_one, default_timeout=60).run()
    at.selectbox(key="surrogate-name").set_value("tree").run()
    at.slider(key="surrogate-tree-max_depth").set_value(3).run()
    assert at.session_state["made"] == lc.Tree(max_depth=3)
    at.selectbox(key="surrogate-name").set_value("lasso").run()
    assert at.session_state["made"] == lc.Lasso()
    at.selectbox(key="surrogate-name").set_value("tree").run()
    assert at.session_state["made"] == lc.Tree(max_depth=3)


def test_every_setting_that_stays_in_a_session_is_told_to_the_browser_again():
    calls = [
        ast.unparse(next(word.value for word in call.keywords if word.arg == "key"))
        for path in (ROOT / "pages").rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(call, ast.Call) and {"key", "persist_state"} <= {word.arg for word in call.keywords}
    ]
    literal = [key.lstrip("f").strip("'") for key in calls if key.lstrip("f").startswith("'") and key[:3] != "f'{"]
    assert len(literal) > 20
    # Those of the pages Prior and Lessons and of the photo itself are drawn without a photo too.
    others = ("prior-", "photo-", "lesson-")
    assert [key for key in literal if not key.startswith((*controls.SETTINGS, *others))] == []


def test_no_button_nor_upload_has_a_key_of_a_setting():
    """A page that told the browser of it again could not be drawn: Streamlit lets nobody press a button by name."""
    pressed = ("button", "download_button", "file_uploader", "camera_input", "form_submit_button", "offer")
    found = [
        ast.unparse(word.value).lstrip("f").strip("'")
        for path in (ROOT / "pages").rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(call, ast.Call) and ast.unparse(call.func).split(".")[-1] in pressed
        for word in call.keywords
        if word.arg == "key"
    ]
    assert len(found) > 30
    assert [key for key in found if key.startswith(controls.SETTINGS)] == []
    of_pages = [key for key in found if key.startswith("{page}")]  # whose names settings begin with too
    assert of_pages
    assert [key for key in of_pages if not key.endswith(controls.NEVER_TOLD)] == []
