"""Small counts are hidden in each reading by itself."""

import pytest

from drivers.quantities import QUANTITIES
from gateway.privacy.columns import columns, packed
from gateway.privacy.rounding import Values, round5, suppressing

DOOR = ("count_in", "count_out", "blind_time", "targets", "total_in", "total_out")


def hidden(values: Values) -> dict[str, str]:
    return dict(zip(values.names, values.texts, strict=True))


@pytest.mark.parametrize(
    ("count", "told"),
    [("0", "0"), ("2", "0"), ("3", "5"), ("7", "5"), ("8", "10"), ("null", "null")],
)
def test_counts_are_rounded_to_multiples_of_five(count: str, told: str) -> None:
    values = hidden(round5(DOOR, [count, "12", "149.9", "1", "10412", "10377"]))
    assert values == {"count_in": told, "count_out": "10", "blind_time": "0.0"}


def test_times_are_rounded_to_multiples_of_five_minutes() -> None:
    names = ("motion", "activations", "occupied_time", "blind_time")
    assert hidden(round5(names, ["1", "4", "450.0", "null"])) == {
        "activations": "5",
        "occupied_time": "600.0",
        "blind_time": "null",
    }


def test_what_is_not_about_people_stays_as_it_is() -> None:
    names = ("temperature", "temperature_min", "targets", "targets_max", "count_in")
    for hide in (round5, suppressing(3)):
        values = hidden(hide(names, ["21.06", "20.98", "1", "3", "5"]))
        assert values == {"temperature": "21.06", "temperature_min": "20.98", "count_in": "5"}


@pytest.mark.parametrize(
    ("counts", "told"),
    [
        (["0", "3"], {"count_out": "3"}),
        (["2", "2"], {}),
        (["3", "null"], {"count_in": "3", "count_out": "null"}),
    ],
)
def test_small_counts_are_left_out(counts: list[str], told: dict[str, str]) -> None:
    values = hidden(suppressing(3)(DOOR, [*counts, "620.0", "1", "7", "8"]))
    assert values == told | {"blind_time": "600.0"}


@pytest.mark.parametrize(
    ("activations", "occupied", "told"),
    [
        ("3", "17.3", {"activations": "3", "occupied_time": "17.3"}),
        ("2", "17.3", {}),
        ("null", "17.3", {"activations": "null"}),
        ("2", "null", {"occupied_time": "null"}),
    ],
)
def test_how_long_a_place_was_occupied_is_told_beside_its_counts(
    activations: str, occupied: str, told: dict[str, str]
) -> None:
    values = suppressing(3)(("activations", "occupied_time"), [activations, occupied])
    assert hidden(values) == told


def test_without_any_count_it_is_not_told() -> None:
    assert suppressing(3)(("occupied_time",), ["17.3"]) == Values((), ())


def test_who_has_nothing_about_people_is_left_alone() -> None:
    assert columns(("temperature", "humidity_min", "co2_flags")) is None


def test_what_this_version_does_not_know_may_be_about_people() -> None:
    told = columns(("temperature", "gait"))
    assert told is not None
    assert told.plain == (0,)


def test_each_quantity_about_people_is_hidden_or_a_counter() -> None:
    for name, row in QUANTITIES.items():
        told = columns((name,))
        assert (told is not None) == row.about_people
        if told is not None:
            assert not told.plain
            assert bool(told.counters) == (row.kind == "counter")


def test_numbers_are_told_at_their_resolution() -> None:
    assert [packed("count_in", 12.0), packed("blind_time", 0.1 + 0.2)] == ["12", "0.3"]
