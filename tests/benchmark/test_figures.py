from benchmark.figures import IMAGES_PER_S, MS, RATIO, Figures
from benchmark.goals import Goal, Verdict


def test_a_ratio_is_taken_within_each_round_and_then_the_median() -> None:
    figures = Figures()
    figures.add("server", IMAGES_PER_S, 9.0, 1.0, 30.0)
    figures.add("raw", IMAGES_PER_S, 10.0, 2.0, 60.0)
    figures.add_ratio("ratio", "server", "raw")
    assert figures.figures["ratio"].rounds == (0.9, 0.5, 0.5)
    assert figures.figures["ratio"].median == 0.5
    assert figures.figures["ratio"].unit == RATIO


def test_fields_are_compared_with_as_many_pixels_of_raw_forward() -> None:
    figures = Figures()
    figures.add("fields", IMAGES_PER_S, 2.0)
    figures.add("tiles", "tiles/s", 16.0)
    figures.add_ratio("ratio", "fields", "tiles", scale=6.0)
    assert figures.figures["ratio"].rounds == (0.75,)


def test_a_difference_keeps_its_unit() -> None:
    figures = Figures()
    figures.add("gateway", MS, 110.0, 130.0)
    figures.add("direct", MS, 100.0, 105.0)
    figures.add_difference("added", "gateway", "direct")
    assert (figures.figures["added"].unit, figures.figures["added"].rounds) == (MS, (10.0, 25.0))


def test_what_misses_a_round_is_a_failure_and_no_figure() -> None:
    figures = Figures()
    figures.add("server", IMAGES_PER_S, 9.0)
    figures.add("raw", IMAGES_PER_S, 10.0, 2.0)
    figures.add_ratio("ratio", "server", "raw")
    assert "ratio" not in figures.figures
    assert "rounds" in figures.failures["ratio"]


def test_a_ratio_to_nothing_is_a_failure() -> None:
    figures = Figures()
    figures.add("server", IMAGES_PER_S, 9.0)
    figures.add("raw", IMAGES_PER_S, 0.0)
    figures.add_ratio("ratio", "server", "raw")
    assert "ratio" in figures.failures


def test_a_goal_holds_on_its_own_side_of_the_limit() -> None:
    figures = Figures()
    figures.add("speed", RATIO, 0.9, 0.95, 0.8)
    assert Goal("speed", "", 0.90).judge(figures) is Verdict.met
    assert Goal("speed", "", 0.91).judge(figures) is Verdict.missed
    assert Goal("speed", "", 0.91, at_most=True).judge(figures) is Verdict.met
    assert Goal("other", "", 0.91).judge(figures) is Verdict.unknown
