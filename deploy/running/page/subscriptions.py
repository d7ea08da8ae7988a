"""Subscriptions on the page: kept as the API keeps them, and tried as the command line tries them."""

import time
from functools import partial

from deploy.inspect.preview import alerts_since
from deploy.inspect.preview import preview as previewed
from deploy.running.feedback_links import key_of, public_url
from deploy.running.page.at_once import AtOnce
from deploy.running.subscription_warnings import warnings_about
from deploy.running.trial import send_trial
from deploy.settings.locations import clock
from deploy.settings.model import Settings
from stream.delivering.feedback import alerts_of
from stream.errors import ThemewireError
from stream.log.port import Log, LogError
from stream.records import Subscription
from stream.subscriptions.saved import read_subscriptions
from stream.subscriptions.sent import NotGivenUp, send_again
from stream.units import DAY
from stream.web.access import RequestRefused
from stream.web.atom_address import address_of, revoke
from stream.web.page import Forecast, Sending, SubscriptionDesk, Trial
from stream.web.page.wording import sentence
from stream.web.subscriptions_api import SubscriptionsApi

__all__ = ["subscription_desk"]

DAYS = 7
AT_ONCE = 2  # previews and tests


def subscription_desk(settings: Settings, stream: Log, api: SubscriptionsApi) -> SubscriptionDesk:
    """The subscriptions of this stream; what takes its time is refused while others wait for theirs."""
    busy = AtOnce(AT_ONCE, "Others are being previewed or tested: try again in some seconds.")

    def preview(asked: Subscription) -> Forecast:
        with busy.one():
            now = clock()
            found = previewed(alerts_since(stream, asked.themes, now - DAYS * DAY), asked, now)
        messages = tuple(Sending(out.at, alerts_of(out)) for out in reversed(found.sent))
        return Forecast(DAYS, found.alerts, messages, tuple(found.kept_away.most_common()))

    def test(name: str) -> Trial:
        to, steps, began = api.find(name), list[str](), time.monotonic()
        with busy.one():
            try:
                answer = send_trial(settings, to, steps.append)
            except LogError:
                raise
            except ThemewireError as error:  # a channel that is not set up
                return Trial(False, steps, str(error), time.monotonic() - began)
        said = str(answer.status) if answer.status and answer.message == "taken" else answer.message
        return Trial(answer.taken, steps, said, time.monotonic() - began)

    def again(delivery: str) -> None:
        try:
            send_again(stream, delivery, clock())
        except NotGivenUp as error:
            raise RequestRefused(404, sentence(str(error))) from error

    def atom(name: str, *, anew: bool = False) -> str:
        api.find(name)
        if anew:
            return public_url(settings) + revoke(stream, key_of(settings), "subscription", name, clock())
        return public_url(settings) + address_of(stream, key_of(settings), "subscription", name)

    return SubscriptionDesk(
        lambda: read_subscriptions(stream),
        api.check,
        api.save,
        api.remove,
        preview,
        test,
        again,
        atom,
        partial(atom, anew=True),
        lambda asked: tuple(warnings_about(settings, stream, asked)),
    )
