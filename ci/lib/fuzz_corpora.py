"""What fuzz targets that take the same inputs found is a start for each of them."""

import os
import shutil


def gather(work, rows):
    """Links the corpora of targets whose `seeds` are made in the same way into fuzz-shared/MAKER, as they are now: while targets
    run, the corpora of others are replaced. `rows`: {target: its row of fuzz/targets.toml}. Files are named by their contents, so that what
    two have stands there once."""
    top = os.path.join(work, "fuzz-shared")
    shutil.rmtree(top, ignore_errors=True)
    for target, row in sorted(rows.items()):
        corpus = os.path.join(work, "fuzz-corpus", target)
        if not os.path.isdir(corpus):
            continue
        folder = folder_of(work, row)
        os.makedirs(folder, exist_ok=True)
        for name in os.listdir(corpus):
            if not os.path.exists(os.path.join(folder, name)):
                os.link(os.path.join(corpus, name), os.path.join(folder, name))


def folder_of(work, row):
    """Where they lie for a target with this row; there is no such folder while nothing has been found."""
    return os.path.join(work, "fuzz-shared", row["seeds"])
