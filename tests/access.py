"""Who asks, in tests of who may do what: people of every role, members of one brand and strangers to another."""

from datetime import datetime

from django.contrib.auth.models import AnonymousUser, Group, User

from brands.access.memberships import actor_of
from brands.access.tokens import issue_token
from brands.models import Brand, Membership, Role
from budget_system.core.actors import Actor
from campaigns.models import Campaign
from tests.support import Agency

Somebody = User | AnonymousUser


class Roles(Agency):
    """The agency's “Acme” has a viewer and a manager; “Other”, with a campaign “Theirs”, has members of its own.

    `stranger` is the manager of the other brand, `loner` a member of none, `gone` a manager who may no longer log in.
    Four more access Acme by other ways, two of them by a group: `grouped` is a manager by the group and a viewer else,
    `every_viewer`, `every_manager` and `every_grouped` access every brand. `removed` was in both groups until now.
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
        self.every_viewer = self.make_user("eva")
        self.join(self.every_viewer, None, Role.VIEWER)
        self.every_manager = self.make_user("emil")
        self.join(self.every_manager, None, Role.MANAGER)
        self.grouped = self.make_user("gina", self.brand, Role.VIEWER)
        self.every_grouped = self.make_user("gerd")
        self.removed = self.make_user("rita")
        of_acme, of_all = self.make_group("Team", self.brand), self.make_group("Directors", None)
        self.grouped.groups.add(of_acme)
        self.every_grouped.groups.add(of_all)
        self.removed.groups.add(of_acme, of_all)
        self.removed.groups.clear()

    @property
    def reach_every_brand(self) -> tuple[User, ...]:
        """Who has a role in every brand."""
        return self.every_viewer, self.every_manager, self.every_grouped

    @property
    def viewers(self) -> tuple[User, ...]:
        """Who reads Acme, in whatever way."""
        return self.viewer, self.every_viewer

    @property
    def managers(self) -> tuple[User, ...]:
        """Who reads and writes Acme, in whatever way."""
        return self.manager, self.grouped, self.every_manager, self.every_grouped

    @property
    def outsiders(self) -> tuple[User, ...]:
        """To whom Acme does not exist."""
        return self.stranger, self.loner, self.removed

    def make_user(self, name: str, brand: Brand | None = None, role: Role = Role.VIEWER) -> User:
        """Make a user, a member of the brand where one is given; the password is the name."""
        user = User.objects.create_user(name, password=name)
        if brand is not None:
            self.join(user, brand, role)
        return user

    def make_group(self, name: str, brand: Brand | None, role: Role = Role.MANAGER) -> Group:
        """Make a group that has a role in a brand, or in every brand."""
        group = Group.objects.create(name=name)
        Membership.objects.create(group=group, brand=brand, role=role)
        return group

    def join(self, user: User, brand: Brand | None, role: Role) -> Membership:
        """Make a user a member, or change the role of one; without a brand, in every brand."""
        return Membership.objects.update_or_create(user=user, brand=brand, defaults={"role": role})[0]

    def leave(self, user: User, brand: Brand) -> None:
        """Take a user's membership away."""
        Membership.objects.filter(user=user, brand=brand).delete()

    def lose(self, user: User) -> None:
        """Take everything away that gives a user a role."""
        Membership.objects.filter(user=user).delete()
        user.groups.clear()

    def make_archived(self, name: str) -> tuple[Brand, Campaign]:
        """Make a brand with a campaign that is about to be archived: to nobody but administrators it will exist."""
        brand = self.make_brand(name)
        return brand, self.make_campaign(f"{name} sale", brand)

    def acting(self, user: Somebody) -> Actor:
        """Return what services are told of who asks."""
        return actor_of(user)

    def token(self, user: User, expires_at: datetime | None = None) -> str:
        """Issue a token; give its text."""
        by = actor_of(self.administrator)
        return issue_token(user=user, expires_at=expires_at, now=self.now, by=by).text
