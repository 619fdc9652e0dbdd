"""When a deed on people is refused."""


class Refused(Exception):
    """A deed the member may not do here. `str(error)` is the Japanese sentence to show."""
