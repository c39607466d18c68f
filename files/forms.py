"""Forms that files are sent in."""

from typing import Any

from django.http.multipartparser import MultiPartParser, MultiPartParserError
from rest_framework import parsers
from rest_framework.exceptions import ParseError

from files import names


class AnyName(MultiPartParser):
    """Django leaves out a file whose name is of no use as a path, such as `..`; we use none as a path (files.names)."""

    def sanitize_file_name(self, file_name: str) -> str:
        return super().sanitize_file_name(file_name) or names.NAMELESS


class FileFormParser(parsers.MultiPartParser):
    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        request = parser_context["request"]
        meta = {**request.META, "CONTENT_TYPE": media_type}
        try:
            form = AnyName(meta, stream, request.upload_handlers, parser_context["encoding"])
            return parsers.DataAndFiles(*form.parse())
        except MultiPartParserError as error:
            raise ParseError(f"Multipart form parse error - {error}") from error
