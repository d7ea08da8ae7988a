"""Texts like those of general technology feeds: most are of no theme, one in fifty is a shipped statement of one.

They are composed, so that no two are alike, and each is the same whenever it is asked for. The shipped model reads 12
of 100 with its costly encoder (`tests.bench.gazette_judged`); of real technology feeds' openings it reads 20.
"""

from functools import cache
from random import Random

from seeds.statements import Statement, load_statements

__all__ = ["entry_text"]

OF_A_THEME_EACH = 50
FIRMS = ("Marlow", "Dunmore", "Pellam", "Orrin", "Tallis", "Quennell", "Brackwater", "Ister", "Velden", "Hartsook")
PLACES = ("Leeds", "Tucson", "Halifax", "Dunedin", "Cork", "Savannah", "Hobart", "Limerick", "Porto", "Tampere")
NAMES = ("Ann Ruiz", "Tom Okafor", "Lea Brandt", "Mia Sato", "Paul Lindqvist", "Rosa Conti", "Ivan Petrov", "Jo Evans")
THINGS = {
    "phones": (
        ("{firm} shows a foldable phone for {n} dollars", "Hands on: the {firm} One after {n} days in {place}"),
        ("The hinge closes without a gap, and the screen is bright enough for a walk in the sun.",
         "The camera likes daylight and struggles indoors.", "It comes in grey and green, in shops from the {n}th.",
         "The battery lasted a day and a half; charging takes {n} minutes.")),
    "games": (
        ("{firm} delays its space adventure by {n} weeks", "The best {n} board games that you can play alone"),
        ("Players explore an island that changes every night.", "The music is by {name}, who also wrote the story.",
         "A demo can be played at the fair in {place}.", "Fans had hoped for a release before the holidays.")),
    "cars": (
        ("{firm} recalls {n} thousand vans over a loose seat belt", "{place} opens {n} charging points"),
        ("Drivers get a letter and an appointment at a garage.", "The range is said to be {n} kilometres in winter.",
         "A spokesman in {place} spoke of a precaution.", "{name} drove the prototype along the coast.")),
    "money": (
        ("{firm} raises {n} million for its delivery app", "{firm} posts a loss of {n} million after a weak summer"),
        ("The round was led by a fund from {place}.", "Shares fell {n} percent in early trade.",
         "{name}, who founded the firm, remains its head.", "The money is meant for new markets and more staff.")),
    "space": (
        ("A comet passes the Earth, {n} million kilometres away", "Rocket launch from {place} put off by wind"),
        ("It can be seen with binoculars after midnight.", "The next window opens in {n} days.",
         "Astronomers in {place} took the picture with {n} exposures.", "The crew will stay for {n} weeks.")),
    "photos": (
        ("{n} photos of {place} in the fog", "How {name} takes pictures of birds with an old lens"),
        ("The prints hang in the town hall until spring.", "Most were taken before sunrise, without a tripod.",
         "A filter for {n} dollars was all it took.", "Patience, says {name}, matters more than the camera.")),
    "work": (
        ("{firm} calls its staff back to the office for {n} days a week", "What {name} learned from {n} years at home"),
        ("Some like the quiet at home, others miss the canteen.", "The letter went to {n} thousand people on Monday.",
         "Meetings are shorter on Fridays, and nobody complains.", "The site in {place} is to close next year.")),
    "home": (
        ("Review: the {firm} robot vacuum after {n} weeks", "{firm} lowers the price of its video doorbell"),
        ("It found every crumb and got stuck under the sofa twice.", "The app wants an account, which is a pity.",
         "Replacement brushes cost {n} dollars.", "Set-up took {n} minutes and a second try.")),
    "web": (
        ("My new blog is built with {n} lines of shell", "A small tool that sorts {n} thousand bookmarks"),
        ("I moved from a hosted site after it showed banners.", "Pages are plain files, copied over at night.",
         "Comments come by mail; {name} sent the first one.", "The source is there for whoever finds it useful.")),
    "code": (
        ("Version {n} of the editor brings tabs and faster search", "Why I stopped using exceptions after {n} years"),
        ("Release notes list {n} fixes and two new themes.", "Plug-ins have to be compiled again.",
         "{name} maintains it in the evenings.", "The parser is now a table, and the tests run twice as fast.")),
    "safety": (
        ("{firm} warns customers after {n} thousand passwords leak", "Malware closes a shop in {place} for {n} days"),
        ("People should change their password and watch their accounts.", "Backups saved most of the orders.",
         "The hole was closed on Tuesday, says {name}.", "Police in {place} are looking for witnesses.")),
    "films": (
        ("The series set in {place} gets a season {n}", "{firm} makes its streaming service {n} percent dearer"),
        ("{name} plays the captain again.", "Those who pay for a year keep the old price until summer.",
         "Critics liked the ending, viewers the dog.", "All {n} episodes come at once.")),
    "health": (
        ("A watch by {firm} counts steps wrongly, {n} users say", "Sleeping {n} minutes more helps pupils in {place}"),
        ("The study followed families for {n} months.", "An update is to come within weeks.",
         "Doctors advise walks and patience.", "{name}, who led the work, calls the effect small but steady.")),
    "town": (
        ("{place} lends {n} bicycles to its library members", "Bus app for {place} gets a map and larger letters"),
        ("The council voted for it with two against.", "{n} volunteers tested it for a month.",
         "It costs {n} thousand a year, paid by the county.", "{name} hopes that other towns follow.")),
}  # fmt: skip
GERMAN = {
    "stadt": (
        ("{place} verschenkt {n} alte Rechner an Schulen", "{firm} senkt die Preise für Bürostühle um {n} Prozent"),
        ("Ehrenamtliche haben die Geräte gereinigt.", "Der Händler räumt sein Lager.",
         "Im Mai soll es weitergehen, sagt {name}.", "Die Aktion dauert {n} Tage.")),
    "garten": (
        ("Gartenschau in {place} zählt {n} tausend Gäste", "Mähroboter von {firm} nach {n} Wochen im Test"),
        ("Das Wetter spielte mit, nur am Sonntag regnete es.", "Im hohen Gras bleibt er stehen.",
         "Der Akku hält {n} Minuten.", "{name} hat die Beete entworfen.")),
}  # fmt: skip


@cache
def _statements() -> tuple[Statement, ...]:
    return tuple(each for each in load_statements() if each.themes)


def entry_text(feed: str, number: int) -> tuple[str, str]:
    """The title and the summary, plain text, of a feed's entry."""
    random = Random(f"{feed}/{number}")
    if not random.randrange(OF_A_THEME_EACH):
        told = random.choice(_statements())
        return f"{told.title} ({number})", told.summary
    subjects = [*THINGS.values(), *GERMAN.values()]
    titles, sentences = random.choice(subjects)
    filled = {"firm": random.choice(FIRMS), "place": random.choice(PLACES), "name": random.choice(NAMES)}
    text = [random.choice(titles), *random.sample(sentences, len(sentences)), *random.choices(sentences, k=2)]
    title, *summary = [each.format(n=random.randrange(3, 90), **filled) for each in text]
    return title, " ".join(summary)
