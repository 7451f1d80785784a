"""Which row said something first, without keeping the texts."""

import random
import tracemalloc

from crm_app.importing.rules import FirstRows, Marks


def test_each_text_has_its_first_row() -> None:
    dice, seen, kept = random.Random(7), FirstRows(), dict[str, int]()  # noqa: S311 - test data, the same with each run.
    for row in range(1, 40_000):
        text = f"{dice.randrange(25_000)}号公司"
        assert seen.setdefault(text, row) == kept.setdefault(text, row)
    assert len(kept) > 15_000  # It grew some times.


def test_a_text_whose_hash_is_the_sign_of_a_free_place_is_kept_too() -> None:
    class Nothing(str):
        __slots__ = ()

        def __hash__(self) -> int:
            return 0

    seen = FirstRows()
    assert seen.setdefault(Nothing("甲"), 2) == 2
    assert seen.setdefault(Nothing("甲"), 9) == 2


def test_a_hundred_thousand_texts_take_a_few_megabytes() -> None:
    tracemalloc.start()
    try:
        seen = FirstRows()
        for row in range(100_000):
            seen.setdefault(f"1770{row:07d}", row)
        size, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert size < 5 * 2**20


def test_marks_are_a_set() -> None:
    dice, marks, kept = random.Random(3), Marks([5]), {5}  # noqa: S311 - test data, the same with each run.
    for _ in range(3_000):
        number = dice.randrange(10_000)
        marks.add(number)
        kept.add(number)
    assert list(marks) == sorted(kept)
    assert len(marks) == len(kept)
    assert all((number in marks) == (number in kept) for number in range(20_000))
    assert not Marks()
    assert list(Marks([0])) == [0]
