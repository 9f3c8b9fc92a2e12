"""A person, the addresses they write from, and the two roles they may have."""

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models


class PersonManager(BaseUserManager["Person"]):
    """Finds persons by their main address, in any case."""

    def get_by_natural_key(self, username: str | None) -> "Person":
        """Return the person whose main address is ``username``."""
        return self.get(email=(username or "").strip().lower())


class Person(AbstractBaseUser, PermissionsMixin):
    """Anybody the desk knows. Signing in is optional: most clients only write mail."""

    email = models.EmailField("E-Mail Address", unique=True, max_length=254)
    name = models.CharField("Name", max_length=200, blank=True, default="")
    is_active = models.BooleanField(default=True)
    added_at = models.DateTimeField()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects = PersonManager()

    def __str__(self) -> str:
        return self.name or self.email

    @property
    def initials(self) -> str:
        """One or two characters that stand for the person in a small circle."""
        words = [word for word in self.name.split() if word[0].isalnum()]
        if not words:
            return self.email[:2].upper()
        if len(words) == 1:
            return words[0][:2].upper()
        return (words[0][0] + words[-1][0]).upper()


class PersonAddress(models.Model):
    """An address that belongs to a person; lower-case, and to nobody else."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="addresses")
    address = models.CharField(max_length=254, unique=True)

    def __str__(self) -> str:
        return self.address


class Tech(models.Model):
    """Somebody who answers tickets."""

    person = models.OneToOneField(Person, on_delete=models.CASCADE, related_name="tech")
    is_administrator = models.BooleanField("Administrator", default=False)
    is_active = models.BooleanField("Active", default=True)

    def __str__(self) -> str:
        return str(self.person)


class Client(models.Model):
    """Somebody who asks for help."""

    person = models.OneToOneField(Person, on_delete=models.CASCADE, related_name="client")

    def __str__(self) -> str:
        return str(self.person)
