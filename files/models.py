"""Every object in the storage, from before it is written until after it is deleted."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

SHA256_LENGTH = 64  # hexadecimal digits


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
