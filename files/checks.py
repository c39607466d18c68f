"""System checks of the bucket that `UPLOADS_URL` names: with `check --deploy`, whether it really keeps files."""

from importlib.util import find_spec
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.core import checks
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from files import keeping


@checks.register(checks.Tags.files)
def check_packages(**_: Any) -> list[checks.CheckMessage]:
    if keeping.is_local() or all(find_spec(name) for name in ("storages", "boto3")):
        return []
    return [
        checks.Error(
            f"UPLOADS_URL={settings.UPLOADS_URL} needs django-storages and boto3, which are not installed.",
            hint="Run scripts/setup requirements-s3.txt",
            id="files.E001",
        )
    ]


@checks.register(checks.Tags.files, deploy=True)
def check_bucket(**_: Any) -> list[checks.CheckMessage]:
    """Store, read and delete a small file."""
    if keeping.is_local() or check_packages():
        return []
    name = f"check-{uuid4().hex}"
    try:
        default_storage.save(name, ContentFile(b"checked"))
        keeping.open_remote(name, 0, 7).read(7)
        default_storage.delete(name)
    except Exception as error:  # whatever the storage's client raises
        return [
            checks.Error(
                f"The bucket of UPLOADS_URL={settings.UPLOADS_URL} does not keep files: {error}",
                hint="Check its name, UPLOADS_S3_ENDPOINT, AWS_DEFAULT_REGION, and that the keys may put, get and "
                "delete objects.",
                id="files.E002",
            )
        ]
    return []
