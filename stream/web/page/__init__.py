"""The page: what people see in a browser of alerts, items, feeds, subscriptions and the system itself."""

from stream.web.page.site import PageSite
from stream.web.page.workbench import Fact, StageState, State, Theme, Workbench

__all__ = ["Fact", "PageSite", "StageState", "State", "Theme", "Workbench"]
