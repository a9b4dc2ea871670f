"""A second module of users' classes, for the recipes obj-*: a name that `training` has too, and stand-ins."""


class Config:
    def __init__(self):
        self.width = 8


class Renamed:
    """What `training.Plain` became: allowlisted under the old path."""


def made_elsewhere(*arguments):
    """A function that is allowlisted under another function's path."""
    return list(arguments)
