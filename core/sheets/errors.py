"""Why a file as a whole is not read."""

from core.errors import Invalid


class SheetRefused(Invalid):
    """The file is not read at all (400); the message says why and what to do."""

    code = "sheet"

    def __init__(self, message: str) -> None:
        super().__init__(message, field="file")
