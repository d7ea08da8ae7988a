"""A list in a web page: the news of a site that has no feed."""

from functools import partial

from collectors.fetching.results import Fetched
from collectors.parsing.page_list import ListSelectors, compiled, find_page_list, parse_page_list
from collectors.poll_result import PollRequest, PollResult
from collectors.sources.kind import PollContext, SourceKind, read_options

__all__ = ["PAGE", "PageOptions"]


class PageOptions(ListSelectors, frozen=True, forbid_unknown_fields=True):
    """The selectors of a list; without `item` it is found anew at each poll."""

    def __post_init__(self) -> None:
        for name in self.__struct_fields__:
            if selector := getattr(self, name):
                compiled(selector)  # a ValueError says what is wrong with it


def poll_page(request: PollRequest, context: PollContext) -> PollResult:
    """One poll: the page, if its site allows that it is read, and its list."""
    options = read_options(request.options, PageOptions)
    fetched = context.fetch_page(request)
    if not isinstance(fetched, Fetched):
        return fetched
    selectors = ListSelectors(*(getattr(options, name) for name in ListSelectors.__struct_fields__))
    return context.read(fetched, partial(parse_page_list, selectors=selectors))


def _recognises(_: Fetched) -> bool:
    return False  # a page that names a feed is none of this kind, and whether one has a list shows when it is read


PAGE = SourceKind(
    "page", "A list in a web page, by CSS selectors.", _recognises, poll_page, PageOptions, find_page_list
)
