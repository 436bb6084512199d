"""The senders of the channels by which people are told."""

from typing import Final

from alerts.channels import fanout, mail, slack, teams, webhook
from alerts.channels.subscribed import Make
from delivery.models import Channel
from delivery.sending.senders import Senders

SENDERS: Final[Senders] = {
    Channel.ALERTS: fanout.SENDER,
    Channel.MAIL: mail.SENDER,
    Channel.SLACK: slack.SENDER,
    Channel.TEAMS: teams.SENDER,
    Channel.WEBHOOK: webhook.SENDER,
}

MAKERS: Final[dict[str, Make]] = {
    Channel.MAIL: mail.make,
    Channel.SLACK: slack.make,
    Channel.TEAMS: teams.make,
    Channel.WEBHOOK: webhook.make,
}
"""What makes of a message what is sent to a subscription, by channel."""
