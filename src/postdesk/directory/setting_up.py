"""The first Administrator, made once through the one-time set-up address."""

from datetime import datetime

from django.db import transaction

from postdesk.directory.models import Tech
from postdesk.directory.techs import add_tech
from postdesk.site.models import Options
from postdesk.site.options import (
    PublicUrl,
    change_options,
    finish_setup,
    is_pinned,
    is_setup_token,
    read_options,
)


class SetupClosed(ValueError):
    """The token opens nothing: used, replaced or wrong."""


@transaction.atomic
def set_up(
    *, token: str, name: str, email: str, password: str, address: PublicUrl, now: datetime
) -> Tech:
    """Add the first Administrator and close the set-up address.

    ``address`` is where the browser reached the desk; it becomes the public URL unless the
    environment pins one. Raises SetupClosed, ChangeRefused, and OptionsRefused for an address
    that cannot be the public URL.
    """
    read_options()
    # Whoever holds the row is first; the second sees a token that opens nothing any more.
    Options.objects.select_for_update().get(pk=1)
    if not is_setup_token(token):
        raise SetupClosed("This set-up address was used already, was replaced, or is mistyped.")
    if not is_pinned():
        change_options(
            public_scheme=address.scheme, public_host=address.host, public_port=address.port
        )
    tech = add_tech(
        name=name,
        email=email,
        password=password,
        is_administrator=True,
        by="Set-up address",
        now=now,
    )
    finish_setup(now=now)
    return tech
