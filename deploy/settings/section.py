"""What all sections of the settings are."""

from pydantic import BaseModel, ConfigDict

__all__ = ["Section"]


class Section(BaseModel):
    """A section: frozen, and a name that it does not have is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")
