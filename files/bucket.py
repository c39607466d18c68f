"""Files in a bucket of a storage that speaks S3, if `UPLOADS_URL` names one. The keys are the paths of a folder.

Every wait is bounded, and what is read is streamed, so that a storage that is away or slow costs its users only.
"""

import logging
import time
from typing import Any

from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from storages.backends.s3 import S3Storage

from lib import errors

logger = logging.getLogger(__name__)
CONNECT_TIME, READ_TIME = 3, 8  # seconds: to connect, and between two parts of an answer
#: Seconds that storing a file may take, and bytes a second that come on top.
WRITE_TIME, RATE = 30, 2_000_000
#: Bytes of an object that goes in one request, as S3 allows. What is sent in several parts and breaks off stays in the
#: bucket until a rule of its own deletes it.
ONE_REQUEST = 5_000_000_000


class Bucket(S3Storage):
    def __init__(self, **options: Any) -> None:
        config = Config(
            connect_timeout=CONNECT_TIME,
            read_timeout=READ_TIME,
            retries={"total_max_attempts": 2, "mode": "standard"},
            max_pool_connections=16,
            signature_version="s3v4",
            s3={"addressing_style": "path" if options.get("endpoint_url") else "auto"},
            # Other makers' storages don't know the checksums that AWS has added.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        )
        transfer = TransferConfig(multipart_threshold=ONE_REQUEST, use_threads=False)
        super().__init__(client_config=config, transfer_config=transfer, default_acl=None, **options)

    def _save(self, name: str, content: Any) -> str:
        return super()._save(name, _Timed(content))

    def read(self, name: str, start: int, count: int) -> "Streamed":
        return Streamed(self, self._normalize_name(name), start, count)

    def get(self, key: str, start: int, count: int) -> Any:
        """A GET for these bytes; what they are read from."""
        asked = {"Bucket": self.bucket_name, "Key": key, "Range": f"bytes={start}-{start + count - 1}"}
        answer = self.bucket.meta.client.get_object(**asked)
        if answer["ContentLength"] != count:
            answer["Body"].close()
            raise ValueError(f"{answer['ContentLength']} bytes came instead of {count}")
        return answer["Body"]


class _Timed:
    """A file that can't be read any more when it should have been stored: timeouts alone would let a slow storage take
    as long as it likes."""

    def __init__(self, content: Any) -> None:
        self._content = content
        self.size = content.size
        self._end = time.monotonic() + WRITE_TIME + self.size / RATE

    def __getattr__(self, name: str) -> Any:
        return getattr(self._content, name)

    def read(self, *size: int) -> bytes:
        if time.monotonic() > self._end:
            raise TimeoutError("the storage takes it too slowly")
        data: bytes = self._content.read(*size)
        return data


class Streamed:
    """So many bytes of an object from `start`, to be read once. They are asked for when the first are read, and asked
    for again, from where it is, if the connection breaks: a storage closes one that a slow client keeps waiting.

    `read` raises `Unavailable`.
    """

    def __init__(self, bucket: Bucket, key: str, start: int, count: int) -> None:
        self._bucket, self._key = bucket, key
        self._start, self._left = start, count
        self._body: Any = None
        self._is_closed = False

    def read(self, size: int) -> bytes:
        if not self._left or self._is_closed:
            return b""
        try:
            if self._body is not None:
                try:
                    return self._take(size)
                except Exception as error:  # whatever botocore and urllib3 raise
                    logger.info("reading the file %s broke off: %s", self._key, error)
                    self._end()
            self._body = self._bucket.get(self._key, self._start, self._left)
            return self._take(size)
        except Exception as error:
            self._end()
            logger.error("the file %s could not be read: %s", self._key, error)
            raise errors.Unavailable("This file isn't available right now. Try again later.") from error

    def _take(self, size: int) -> bytes:
        data: bytes = self._body.read(min(size, self._left))
        self._start += len(data)
        self._left -= len(data)
        if self._is_closed:  # meanwhile, by another thread
            self._end()
        return data

    def close(self) -> None:
        self._is_closed = True
        self._end()

    def _end(self) -> None:
        body, self._body = self._body, None
        if body is not None:
            body.close()
