"""Mail to a person: what began, as text and HTML, with a link that ends it."""

import smtplib
from collections.abc import Mapping
from datetime import datetime
from email.utils import parseaddr
from typing import Any, Final

from django.conf import settings
from django.contrib.auth.models import User
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string

from alerts.channels.bodies import DIGEST, SWITCHED_OFF, shortened, site
from alerts.channels.digest_bodies import readable
from alerts.channels.lines import lines_of
from alerts.channels.subscribed import Trying, prepare_for, sending
from alerts.channels.unsubscribing import unsubscribe_url
from alerts.models import Subscription
from delivery.models import Message
from delivery.receivers import ReceiverKind, parse_receiver
from delivery.sending.senders import DELIVERED, WEBHOOK_DELAYS, Outcome, Send, Sender

MOST_SUBJECT: Final = 150
NO_SERVER: Final = "No mail is sent: no mail server is set up (EMAIL_URL)."
NO_ADDRESS: Final = "The person has no e-mail address."


def prepare(message: Message, now: datetime) -> Send:
    """Read to whom a mail goes, and whether it may still."""
    kind, pk = parse_receiver(message.receiver)
    if kind == ReceiverKind.USER:
        user = User.objects.filter(pk=pk, is_active=True).first()
        return sending(_mail(user, None, message))
    return prepare_for(message, now, make, switches_off=False)


def make(subscription: Subscription, message: Message, now: datetime) -> Trying:
    """Return what sends a message to the person who subscribes."""
    return _mail(subscription.user, subscription, message)


def _mail(user: User | None, subscription: Subscription | None, message: Message) -> Trying:
    if not settings.MAIL_IS_SET_UP:
        return lambda: Outcome(gives_up=True, error=NO_SERVER)
    if user is None or not user.email:
        return lambda: Outcome(gives_up=True, error=NO_ADDRESS)
    body = readable(message.body, user) if message.body["type"] == DIGEST else message.body
    if body is None:
        return lambda: Outcome(gives_up=True, error="The person may not read these brands any more.")
    mail = _written(body, user.email, unsubscribe_url(subscription) if subscription else None)
    host = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    mail.extra_headers["Message-ID"] = f"<{message.pk}@{host}>"  # the same in all tries
    return lambda: _send(mail)


def _written(body: Mapping[str, Any], address: str, unsubscribe: str | None) -> EmailMultiAlternatives:
    """Return a body as a mail."""
    name, subject = _template(body)
    context = {"data": body["data"], "lines": _lines(body), "unsubscribe": unsubscribe, "site": site()}
    headers = {"Auto-Submitted": "auto-generated"}
    if unsubscribe:
        headers |= {"List-Unsubscribe": f"<{unsubscribe}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    subject = shortened(" ".join(subject.split()), MOST_SUBJECT)
    mail = EmailMultiAlternatives(
        subject, render_to_string(f"alerts/{name}.txt", context), to=[address], headers=headers
    )
    mail.attach_alternative(render_to_string(f"alerts/{name}.html", context | {"subject": subject}), "text/html")
    return mail


def _template(body: Mapping[str, Any]) -> tuple[str, str]:
    """Return the name of a body's template, and its subject."""
    data = body["data"]
    if body["type"] == SWITCHED_OFF:
        return "switched_off", f"“{data['name']}” was switched off"
    name = "digest" if body["type"] == DIGEST else "mail"
    return name, data["message"]


def _lines(body: Mapping[str, Any]) -> list[str]:
    return lines_of(body["data"], most=1000) if body["type"] not in (DIGEST, SWITCHED_OFF) else []


def _send(mail: EmailMultiAlternatives) -> Outcome:
    """Send a mail by Django's backend, and return what that came to."""
    try:
        mail.send()
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _ in error.recipients.values()]
        return Outcome(gives_up=all(code >= 500 for code in codes), error="The mail server refuses this recipient.")
    except smtplib.SMTPResponseException as error:
        return Outcome(error=f"The mail server answered {error.smtp_code}.")
    except (smtplib.SMTPException, OSError):
        return Outcome(error="The mail server could not be reached, or did not take the mail.")
    return DELIVERED


SENDER: Final = Sender(prepare, WEBHOOK_DELAYS)
