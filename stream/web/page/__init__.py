"""The page: what people see in a browser of alerts, items, feeds, subscriptions and the system itself."""

from stream.web.page.dead_desk import DeadDesk, DeadRow
from stream.web.page.feed_desk import FeedDesk, FeedFound, OpmlTaken
from stream.web.page.job import Job, Replayed, Trained
from stream.web.page.search_desk import SearchDesk
from stream.web.page.site import PageSite
from stream.web.page.subscription_desk import Forecast, Sending, SubscriptionDesk, Trial
from stream.web.page.theme_desk import Previewed, Said, ThemeDesk, ThemeWish
from stream.web.page.workbench import (
    Doubted,
    Fact,
    LabelDesk,
    ModelDesk,
    StageState,
    State,
    Theme,
    Workbench,
)

__all__ = [
    "DeadDesk",
    "DeadRow",
    "Doubted",
    "Fact",
    "FeedDesk",
    "FeedFound",
    "Forecast",
    "Job",
    "LabelDesk",
    "ModelDesk",
    "OpmlTaken",
    "PageSite",
    "Previewed",
    "Replayed",
    "Said",
    "SearchDesk",
    "Sending",
    "StageState",
    "State",
    "SubscriptionDesk",
    "Theme",
    "ThemeDesk",
    "ThemeWish",
    "Trained",
    "Trial",
    "Workbench",
]
