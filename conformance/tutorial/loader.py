"""The loader of the tutorial: it finds data.pkl and believes the rest."""
import zipfile


def load(path):
    with zipfile.ZipFile(path) as archive:
        name = next(name for name in archive.namelist() if name.endswith("/data.pkl"))
        return archive.read(name)
