"""Who asks, in tests of who may do what: people of every role, members of one brand and strangers to another."""

from datetime import datetime

from django.contrib.auth.models import AnonymousUser, User

from brands.access import actor_of
from brands.models import Brand, Membership, Role
from brands.tokens import issue_token
from budget_system.actors import Actor
from campaigns.models import Campaign
from tests.support import Agency

Somebody = User | AnonymousUser


class Roles(Agency):
    """The agency's “Acme” has a viewer and a manager; “Other”, with a campaign “Theirs”, has members of its own.

    `stranger` is the manager of the other brand, `loner` a member of none, `gone` a manager who may no longer log in.
    """

    def setUp(self) -> None:
        super().setUp()
        self.other = self.make_brand("Other")
        self.theirs: Campaign = self.make_campaign("Theirs", self.other)
        self.administrator = User.objects.create_superuser("ada", password="ada")
        self.manager = self.make_user("mona", self.brand, Role.MANAGER)
        self.viewer = self.make_user("vera", self.brand, Role.VIEWER)
        self.stranger = self.make_user("stan", self.other, Role.MANAGER)
        self.loner = self.make_user("lola")
        self.gone = self.make_user("gus", self.brand, Role.MANAGER)
        User.objects.filter(pk=self.gone.pk).update(is_active=False)
        self.gone.refresh_from_db()

    def make_user(self, name: str, brand: Brand | None = None, role: Role = Role.VIEWER) -> User:
        """Make a user, a member of the brand where one is given; the password is the name."""
        user = User.objects.create_user(name, password=name)
        if brand is not None:
            self.join(user, brand, role)
        return user

    def join(self, user: User, brand: Brand, role: Role) -> Membership:
        """Make a user a member, or change the role of one."""
        return Membership.objects.update_or_create(user=user, brand=brand, defaults={"role": role})[0]

    def leave(self, user: User, brand: Brand) -> None:
        """Take a user's membership away."""
        Membership.objects.filter(user=user, brand=brand).delete()

    def acting(self, user: Somebody) -> Actor:
        """Give what services are told of who asks."""
        return actor_of(user)

    def token(self, user: User, expires_at: datetime | None = None) -> str:
        """Issue a token; give its text."""
        by = actor_of(self.administrator)
        return issue_token(user=user, expires_at=expires_at, now=self.now, by=by).text
