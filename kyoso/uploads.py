"""The ceiling of one request that carries files. Django itself bounds texts only."""

from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler

LARGEST_BODY = 32 * 1024 * 1024  # bytes: the files of one post (30 MB), and room for its text


class Ceiling(FileUploadHandler):
    """The first upload handler: refuses a body that is too large before a byte of it is kept."""

    def handle_raw_input(self, input_data, META, content_length, boundary, encoding=None) -> None:
        """Raises RequestDataTooBig, which is answered with 400."""
        if content_length > LARGEST_BODY:
            raise RequestDataTooBig("The body of this request is too large.")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        """Hand the chunk on to the next handler."""
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """Leave the file to the next handler."""
