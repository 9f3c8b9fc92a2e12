"""Raw messages, complete, addressed by their content."""

from django.db import models


class StoredOctets(models.Model):
    """Octets by their SHA-256. ``content`` is null when they lie in a file of that name."""

    sha256 = models.CharField(primary_key=True, max_length=64)
    size_bytes = models.PositiveBigIntegerField()
    content = models.BinaryField(null=True)

    def __str__(self) -> str:
        return self.sha256[:12]
