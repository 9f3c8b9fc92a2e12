"""Foresight and alarms: what is wrong or soon will be, who is told, and by which way out.

``decide`` looks each minute at connections and accounts and queues what has to be told;
``send_due`` sends it by ways that do not use the mailbox in trouble. Deciding speaks to nobody,
sending decides nothing.
"""

from postdesk.flow.alarm.deciding import decide
from postdesk.flow.alarm.sending import send_due

__all__ = ["decide", "send_due"]
