"""The stretched axis: every moment has its place, in order, and crowds and gaps can both be read."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from labkit.pictures.stretched_axis import stretched_axis

MOMENTS = st.lists(
    st.floats(0, 1e7, allow_nan=False).map(lambda number: round(number, 3)), min_size=1, max_size=120
)


@given(MOMENTS)
def test_places_keep_the_order_of_time_and_stay_on_the_axis(moments):
    axis = stretched_axis(700, moments)
    places = [axis.x(moment) for moment in sorted(moments)]

    assert places == sorted(places)
    assert places[0] == 0
    assert places[-1] <= 700 + 1e-6


def test_a_burst_and_the_wait_after_it_both_have_room():
    starts = [number / 100 for number in range(200)]
    axis = stretched_axis(700, [*starts, *(start + 600 for start in starts)])

    assert axis.x(2.0) - axis.x(0.0) > 150
    assert 50 < axis.x(600.0) - axis.x(2.0) < 300
    steps = [axis.x(start + 0.01) - axis.x(start) for start in starts[:-1]]
    assert max(steps) - min(steps) < 1e-6  # inside a crowd time is to scale


def test_labels_do_not_touch_and_tell_the_time_since_the_start():
    axis = stretched_axis(700, [1000.0, 1000.02, 1000.03, 1600.03])
    labels = axis.marks(11)

    assert labels[0] == (0.0, "0 ms")
    assert labels[-1][1] == "10 min"
    assert all(b - a > 30 for (a, _), (b, _) in pairwise(labels))
