"""What a handler raises to refuse a request."""

__all__ = ["RequestRefused"]


class RequestRefused(Exception):
    """A request is refused with this HTTP status and sentence."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status
