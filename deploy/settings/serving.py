"""The settings of the web server: metrics, health, the API and the page."""

from ipaddress import IPv4Network, IPv6Network

from pydantic import Field, SecretStr, field_validator

from deploy.settings.section import Section

__all__ = ["WebSettings"]

_HEADER = r"^[A-Za-z0-9-]{1,100}$"


class WebSettings(Section):
    """Metrics, health and the API."""

    listen: str = Field(
        default="127.0.0.1:8080", pattern=r"^(|.+:\d+)$", description="HOST:PORT to listen on; empty to disable."
    )
    token: SecretStr = Field(
        default=SecretStr(""),
        description="Bearer token of operators, who may use all of the API; people log in to the page with it. "
        "Requests from other machines need a token, or one of the proxies.",
    )
    labeller_token: SecretStr = Field(
        default=SecretStr(""), description="Bearer token of labellers, who may read and label, and change nothing else."
    )
    reader_token: SecretStr = Field(default=SecretStr(""), description="Bearer token of readers, who change nothing.")
    hosts: tuple[str, ...] = Field(
        default=(),
        description="More host names under which the API answers, as a JSON list: beside localhost, its own addresses, "
        "the machine's name and that of web.url.",
    )
    proxies: tuple[IPv4Network | IPv6Network, ...] = Field(
        default=(),
        description="Networks of proxies that authenticate people, as a JSON list. Only what comes from there is "
        "believed to be of the user and the groups that web.user_header and web.groups_header name.",
    )
    user_header: str = Field(
        default="X-Forwarded-User",
        pattern=_HEADER,
        description="Header in which a proxy names the user. The proxy must remove it from what clients send.",
    )
    groups_header: str = Field(
        default="X-Forwarded-Groups",
        pattern=_HEADER,
        description="Header in which a proxy names the user's groups, separated by commas; also removed from what "
        "clients send.",
    )
    readers: tuple[str, ...] = Field(default=("reader",), description="Groups whose members may read, as a JSON list.")
    labellers: tuple[str, ...] = Field(
        default=("labeller",), description="Groups whose members may read and label, as a JSON list."
    )
    operators: tuple[str, ...] = Field(
        default=("operator",), description="Groups whose members may use all of the API, as a JSON list."
    )
    url: str = Field(
        default="",
        pattern=r"^(|https?://[^\s/?#@\"<>]+(/[^\s?#\"<>]*)?)$",
        description="Public URL of the web role, such as https://themewire.example, used for the links in deliveries. "
        "If empty, http:// followed by web.listen; without links if web.listen is not a reachable address.",
    )
    websub: bool = Field(
        default=False,
        description="Ask the hubs that feeds name to push what is new (WebSub), to /websub below web.url, which they "
        "must be able to reach. The roles web and collect need the same web.url and web.links_secret.",
    )
    links_secret: SecretStr = Field(
        default=SecretStr(""),
        description="Secret that signs the links in deliveries, what hubs push and the cookies of people who log in, "
        "at least 16 characters. If empty, a random one is created and kept in links.key in data.dir. If web, deliver "
        "and, with web.websub, collect run on different machines, set the same on all.",
    )

    @field_validator("links_secret")
    @classmethod
    def _no_guess(cls, secret: SecretStr) -> SecretStr:
        if 0 < len(secret.get_secret_value()) < 16:
            raise ValueError("use at least 16 characters, so that it cannot be guessed")
        return secret
