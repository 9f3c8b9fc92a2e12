"""How the tenant's Exchange behaves: its version, sign-in schemes and policies."""

from __future__ import annotations

from dataclasses import dataclass, field

SCHEMES = ("Negotiate", "NTLM", "Basic", "Bearer")
# The products that can be played, with the newest RequestServerVersion that each understands.
PRODUCTS = {
    "2013": "Exchange2013_SP1",
    "2016": "Exchange2016",
    "2019": "V2017_07_11",
    "SE": "V2017_07_11",
    "Online": "V2018_01_08",
}


@dataclass(slots=True, kw_only=True)
class ExchangeSwitches:
    """What an Exchange administrator, or Microsoft, has decided."""

    product: str = "Online"
    # The real Exchange Online offers Bearer alone; here the others are on for clients without it.
    schemes: list[str] = field(default_factory=lambda: ["NTLM", "Basic", "Bearer"])
    # Set-OrganizationConfig -EwsEnabled
    ews_enabled: bool = True
    # Set-OrganizationConfig -EwsAllowedAppIDs; empty means that no list was made.
    allowed_app_ids: list[str] = field(default_factory=list)
    # The day on which Exchange Online ends EWS for everybody; empty means never.
    ews_ends_on: str = "2027-04-01"
    # How often a streaming connection says that it is alive.
    heartbeat_seconds: float = 45.0

    @property
    def is_online(self) -> bool:
        """Say whether Microsoft runs it: only there EWS ends and licences count."""
        return self.product == "Online"
