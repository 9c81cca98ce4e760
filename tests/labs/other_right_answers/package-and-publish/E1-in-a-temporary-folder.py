import base64
import pathlib
import tempfile
import zipfile


def build_zip(**files):
    with tempfile.TemporaryDirectory() as folder:
        target = pathlib.Path(folder) / "package.zip"
        with zipfile.ZipFile(target, "w") as archive:
            for path in sorted(files, reverse=True):
                entry = zipfile.ZipInfo(path, (2020, 2, 2, 2, 2, 2))
                with archive.open(entry, "w") as stream:
                    stream.write(files[path].encode())
        return base64.standard_b64encode(target.read_bytes()).decode()


labkit.submit(build_zip, "E1")
