import pytest

from stream.records import OwnTheme, Subscription
from stream.records.subscription import Destination
from stream.themes.rules import InvalidTheme, check_removal, checked, no_such_theme, renewed

ABOUT = "Passenger and car ferries: new routes and cancelled sailings."
SHIPPED = ("standards", "ip-disputes")


def theme(name: str = "ferries", about: str = ABOUT, **of) -> OwnTheme:
    return OwnTheme(id=name, name="", about=about, added_at=1, **of)


@pytest.mark.parametrize(
    ("made", "says"),
    [
        (theme("Ferries"), "a-z, 0-9 and dashes"),
        (theme("-ferries"), "a-z, 0-9 and dashes"),
        (theme("standards"), "ships with themewire"),
        (theme("none"), "is reserved"),
        (theme(about="ferries"), "says too little"),
        (theme(about="a b c d e"), "says too little"),
        (theme(about="ferry " * 200), "600 are read"),
    ],
)
def test_what_makes_no_theme_is_refused_in_one_sentence(made, says):
    with pytest.raises(InvalidTheme, match=says) as refused:
        checked(made, SHIPPED, {})
    assert "\n" not in str(refused.value)


def test_a_theme_is_made_tidy_and_counts_its_revisions():
    first = checked(theme(about=f"  {ABOUT}\n"), SHIPPED, {})
    assert (first.about, first.name, first.revision) == (ABOUT, "Ferries", 1)
    again = checked(renewed(first, "", "Boats", ()), SHIPPED, {"ferries": first})
    assert (again.about, again.name, again.revision) == (ABOUT, "Boats", 2)
    assert checked(theme("kabel", about="海底ケーブルの損傷、修理、敷設、妨害行為"), SHIPPED, {}).revision == 1


def test_another_description_has_to_be_learnt_and_another_name_has_not():
    learnt = theme(labels={"0": 3})
    assert renewed(learnt, "", "Boats", ()).labels == {"0": 3}
    assert renewed(learnt, "Bridges over straits, and tunnels.", "", ()).labels == {}
    assert renewed(learnt, "", "", ("Cruise ships and their guests",)).labels == {}


def test_a_wrong_name_is_told_the_one_that_was_meant():
    assert "did you mean 'standards'" in no_such_theme("standard", SHIPPED)
    assert no_such_theme("cats", SHIPPED) == "there is no theme 'cats'; there are: standards, ip-disputes"


def test_a_theme_that_is_asked_for_is_not_removed():
    asking = Subscription(
        id="me", revision=1, themes=("ferries",), threshold=0, updates=True, channel=Destination("webhook", "http://a/")
    )
    with pytest.raises(InvalidTheme, match="asked for by me"):
        check_removal("ferries", {"me": asking})
    check_removal("bridges", {"me": asking})
