# hint: Give the same files in another order. Which part of the archive changes?
import base64
import io
import zipfile


def build_zip(**files):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, text in files.items():
            archive.writestr(zipfile.ZipInfo(path, date_time=(1980, 1, 1, 0, 0, 0)), text)
    return base64.b64encode(buffer.getvalue()).decode()


labkit.submit(build_zip, "E1")
