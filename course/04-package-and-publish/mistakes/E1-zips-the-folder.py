# hint: Open the zip: is `quotes` at the root, or in a folder of its own?
import base64
import io
import zipfile


def build_zip(**files):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(files):
            entry = zipfile.ZipInfo(f"project/{path}", date_time=(1980, 1, 1, 0, 0, 0))
            archive.writestr(entry, files[path])
    return base64.b64encode(buffer.getvalue()).decode()


labkit.submit(build_zip, "E1")
