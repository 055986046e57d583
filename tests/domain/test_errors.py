"""Every "no" of the registry is in one family, and travels under its own name."""

import domain.errors
from domain.errors import REFUSALS, Fault, Invalid, Refusal


def test_every_refusal_is_found_by_the_name_it_travels_under() -> None:
    defined = {
        name: kind
        for name, kind in vars(domain.errors).items()
        if isinstance(kind, type) and issubclass(kind, Refusal)
    }

    assert defined == REFUSALS


def test_the_tree_at_the_top_of_the_file_shows_every_refusal() -> None:
    shown = {word for word in (domain.errors.__doc__ or "").split() if word in REFUSALS}

    assert shown == set(REFUSALS)


def test_a_refusal_carries_its_sentence_and_the_fields_to_mend() -> None:
    refusal = Invalid("Two fields are wrong.", Fault("/a", "too long"), Fault("/b", "too short"))

    assert str(refusal) == refusal.detail == "Two fields are wrong."
    assert refusal.faults == (Fault("/a", "too long"), Fault("/b", "too short"))
