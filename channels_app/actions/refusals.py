"""What every deed may answer: no, with a sentence."""


class Refused(Exception):
    """A deed the member may not do here. `str(error)` is the Japanese sentence to show."""
