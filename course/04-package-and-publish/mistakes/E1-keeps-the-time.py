# hint: Print `date_time` of an entry. Who wrote that time?
import base64
import io
import zipfile


def build_zip(**files):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(files):
            archive.writestr(path, files[path])
    return base64.b64encode(buffer.getvalue()).decode()


labkit.submit(build_zip, "E1")
