"""A throw-away source tree for the tests of the checks."""

import os
import tempfile


class Scratch(tempfile.TemporaryDirectory):
    """with Scratch({"path/in/tree": "text" or b"bytes"}) as top: ..."""

    def __init__(self, files):
        super().__init__(prefix="weightsonly-")
        for path, content in files.items():
            full = os.path.join(self.name, path)
            os.makedirs(os.path.dirname(full), exist_ok=True)
            with open(full, "wb") as file:
                file.write(content if isinstance(content, bytes) else content.encode())
