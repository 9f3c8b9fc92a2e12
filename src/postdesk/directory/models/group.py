"""Tech groups."""

from django.db import models

from postdesk.directory.models.person import Tech


class TechGroup(models.Model):
    """Techs who share the request types that they support."""

    name = models.CharField("Tech Group Name", max_length=100, unique=True)
    manager = models.ForeignKey(
        Tech, on_delete=models.SET_NULL, null=True, blank=True, related_name="managed_groups"
    )
    members = models.ManyToManyField(Tech, blank=True, related_name="groups")
    is_active = models.BooleanField("Active", default=True)

    def __str__(self) -> str:
        return self.name
