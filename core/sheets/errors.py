"""Why a file as a whole is not read."""

from core.errors import Refused


class SheetRefused(Refused):
    """The file is not read at all (400); the message says why and what to do."""

    status = 400
    code = "sheet"
