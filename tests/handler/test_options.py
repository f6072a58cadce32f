"""Options come as strings from strangers: good ones are read, others refused by name."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handler.errors import InvalidOptionError
from handler.options import OPTION_NAMES, AnalysisOptions, parse_options, parse_thresholds
from handler.spec import Thresholds


def test_nothing_given_leaves_scale_open_and_thresholds_at_the_models() -> None:
    model = Thresholds(0.4, 12.0, (5.0, 30.0))
    assert parse_options({}) == AnalysisOptions(None, None, Thresholds())
    assert parse_options({}, model) == AnalysisOptions(None, None, model)
    assert parse_options(dict.fromkeys(OPTION_NAMES, " "), model).thresholds == model


def test_each_option_is_read() -> None:
    values = {"probability": "0.6", "min_area_um2": "4", "category_boundaries_percent": " 5, 25.5 "}
    assert parse_options({"mpp": "0.25", **values}) == AnalysisOptions(
        0.25, None, Thresholds(0.6, 4.0, (5.0, 25.5))
    )
    assert parse_options({"objective": "40"}).objective == 40.0
    assert parse_options({"default_mpp": "0.5"}) == AnalysisOptions(thresholds=Thresholds(), default_mpp=0.5)


def test_one_threshold_given_leaves_the_others_at_the_models() -> None:
    model = Thresholds(0.4, 12.0, (5.0, 30.0))
    assert parse_thresholds({"min_area_um2": "0"}, model) == Thresholds(0.4, 0.0, (5.0, 30.0))


def test_names_that_are_no_options_are_ignored() -> None:
    assert parse_options({"wait": "5", "model_version": "1.0"}) == parse_options({})


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("mpp", "0.049"),
        ("mpp", "5.1"),
        ("mpp", "0,25"),
        ("mpp", "nan"),
        ("mpp", "-0.25"),
        ("mpp", "0.25 um"),
        ("default_mpp", "0.04"),
        ("default_mpp", "40x"),
        ("objective", "1"),
        ("objective", "201"),
        ("objective", "40x"),
        ("objective", "inf"),
        ("objective", "4_0"),
        ("objective", "٤٠"),
        ("probability", "0"),
        ("probability", "1"),
        ("min_area_um2", "-1"),
        ("min_area_um2", "1e9"),
        ("category_boundaries_percent", "20,10"),
        ("category_boundaries_percent", "10"),
        ("category_boundaries_percent", "10,20,30"),
        ("category_boundaries_percent", "10,"),
        ("category_boundaries_percent", "-1,20"),
        ("category_boundaries_percent", "10,101"),
        ("category_boundaries_percent", "low,high"),
    ],
)
def test_a_value_that_cannot_be_used_is_refused_and_named(name: str, text: str) -> None:
    with pytest.raises(InvalidOptionError, match=name) as caught:
        parse_options({name: text})
    assert (caught.value.status, caught.value.code) == (422, "invalid-option")


@pytest.mark.parametrize(
    ("name", "text"),
    [("mpp", "0.05"), ("mpp", "5"), ("objective", "2"), ("objective", "200"), ("min_area_um2", "1000")],
)
def test_limits_themselves_are_accepted(name: str, text: str) -> None:
    parse_options({name: text})


def test_one_cut_off_can_stand_for_both_boundaries() -> None:
    values = {"category_boundaries_percent": "14,14"}
    assert parse_thresholds(values).category_boundaries_percent == (14.0, 14.0)


def test_scale_by_two_ways_is_refused() -> None:
    with pytest.raises(InvalidOptionError, match="mpp or objective"):
        parse_options({"mpp": "0.25", "objective": "40"})


@settings(deadline=None)
@given(
    st.dictionaries(st.sampled_from(OPTION_NAMES), st.text("0159.,e+- n", max_size=8) | st.text(max_size=20))
)
def test_any_text_gives_options_within_limits_or_the_one_error(values: dict[str, str]) -> None:
    try:
        options = parse_options(values)
    except InvalidOptionError as problem:
        assert any(name in problem.detail for name in OPTION_NAMES)
    else:
        assert options.mpp is None or 0.05 <= options.mpp <= 5
        assert 0 < parse_thresholds(values).probability < 1


@settings(deadline=None)
@given(st.floats(0.05, 5), st.floats(0.01, 0.99), st.floats(0, 1000))
def test_every_number_within_limits_is_read_exactly(mpp: float, probability: float, area: float) -> None:
    values = {"mpp": str(mpp), "probability": str(probability), "min_area_um2": str(area)}
    assert parse_options(values).mpp == mpp
    assert parse_thresholds(values) == Thresholds(probability, area)
