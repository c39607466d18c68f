"""Every object in the storage, from before it is written until after it is deleted; pictures of people and rooms."""

from secrets import token_hex

from django.db import models
from django.db.models import Q
from django.utils import timezone

SHA256_LENGTH = 64  # hexadecimal digits
KEY_LENGTH = 32  # the same


def new_key() -> str:
    return token_hex(KEY_LENGTH // 2)


class StoredFile(models.Model):
    """An object in the storage. Its row is there first and goes last, so that whenever a process ends, the next
    cleaning finds everything that is left over. `files.keeping` has the verbs."""

    class State(models.TextChoices):
        WRITING = "writing"  # its content may be incomplete
        KEPT = "kept"
        GOING = "going"  # nothing refers to it; the object is about to be deleted

    path = models.CharField(max_length=64, unique=True)  # in the storage; never used twice
    sha256 = models.CharField(max_length=SHA256_LENGTH, blank=True)
    size = models.BigIntegerField(default=0)  # bytes
    state = models.CharField(max_length=8, choices=State, default=State.WRITING)
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["sha256"], condition=Q(state="kept"), name="same_content_is_kept_once"
            )
        ]
        indexes = [
            models.Index(fields=["changed_at"], condition=~Q(state="kept"), name="stored_files_to_settle")
        ]

    def __str__(self) -> str:
        return self.path


class Avatar(models.Model):
    """A picture of a person or a room, under a name that nobody can guess. Each new picture has a new name, so what was
    seen under one may be kept for ever. `files.avatars` has the verbs."""

    key = models.CharField(primary_key=True, max_length=KEY_LENGTH, default=new_key)
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")  # WebP

    def __str__(self) -> str:
        return self.key
