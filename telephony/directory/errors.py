"""What can be wrong with a directory."""

from telephony.errors import Refused


class CsvUnreadable(Refused):
    """The file is not a directory in CSV: nothing of it was imported; the text names line, column and cure."""

    error_id = "directory-csv"
