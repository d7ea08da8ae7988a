"""The page: what people see in a browser of alerts, items, feeds, subscriptions and the system itself."""

from stream.web.page.feed_desk import FeedDesk, FeedFound, OpmlTaken
from stream.web.page.site import PageSite
from stream.web.page.subscription_desk import Forecast, Sending, SubscriptionDesk, Trial
from stream.web.page.workbench import Fact, LabelDesk, StageState, State, Theme, Workbench

__all__ = [
    "Fact",
    "FeedDesk",
    "FeedFound",
    "Forecast",
    "LabelDesk",
    "OpmlTaken",
    "PageSite",
    "Sending",
    "StageState",
    "State",
    "SubscriptionDesk",
    "Theme",
    "Trial",
    "Workbench",
]
