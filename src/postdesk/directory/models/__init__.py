"""Tables of people, groups and request types."""

from postdesk.directory.models.group import TechGroup
from postdesk.directory.models.person import Client, Person, PersonAddress, Tech
from postdesk.directory.models.request_type import Priority, RequestType

__all__ = ["Client", "Person", "PersonAddress", "Priority", "RequestType", "Tech", "TechGroup"]
