"""Where torch's answer to a file of corpus/ stands: beside it, or beside the newest release's file of the same name."""

NEWEST_FIRST = ["torch-2.15.0", "torch-2.10.0", "torch-2.6.0", "torch-2.0.1", "torch-1.13.1"]


def beside(path):
    """The path of the JSON that belongs to a .pt file (a pathlib.Path)."""
    own = path.with_suffix(".json")
    newer = (path.parent.parent / folder / own.name for folder in NEWEST_FIRST)
    return own if own.exists() else next((other for other in newer if other.exists()), own)
