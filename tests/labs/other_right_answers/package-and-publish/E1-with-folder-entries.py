import base64
import io
import os
import zipfile

MOMENT = (1999, 12, 31, 0, 0, 0)


def build_zip(**files):
    buffer = io.BytesIO()
    folders = sorted({os.path.dirname(path) + "/" for path in files if "/" in path})
    with zipfile.ZipFile(buffer, "w") as archive:
        for folder in folders:
            archive.writestr(zipfile.ZipInfo(folder, MOMENT), "")
        for path in sorted(files):
            archive.writestr(zipfile.ZipInfo(path, MOMENT), files[path], zipfile.ZIP_DEFLATED)
    return base64.b64encode(buffer.getvalue()).decode()


labkit.submit(build_zip, "E1")
