"""Request types: a tree of what clients ask for."""

from django.db import models

from postdesk.directory.models.group import TechGroup


class Priority(models.IntegerChoices):
    """How urgent, WHD's four, most urgent first."""

    URGENT = 1, "Urgent"
    HIGH = 2, "High"
    MEDIUM = 3, "Medium"
    LOW = 4, "Low"


class RequestType(models.Model):
    """What a ticket is about. Its tech group, when it has none, is that of the nearest parent."""

    name = models.CharField("Request Type Name", max_length=100)
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="children"
    )
    tech_group = models.ForeignKey(
        TechGroup, on_delete=models.SET_NULL, null=True, blank=True, related_name="request_types"
    )
    default_priority = models.IntegerField(choices=Priority, default=Priority.MEDIUM)
    is_active = models.BooleanField("Active", default=True)

    class Meta:
        """One name under one parent."""

        constraints = [
            models.UniqueConstraint(fields=["parent", "name"], name="one_name_per_parent"),
            models.UniqueConstraint(
                fields=["name"], condition=models.Q(parent=None), name="one_name_at_the_top"
            ),
        ]

    def __str__(self) -> str:
        return self.name
