"""Users, groups, and locked-out logins, in the admin."""

from budget_system.accounts.admin.groups import GroupAdmin
from budget_system.accounts.admin.lockouts import WrongPasswordsAdmin
from budget_system.accounts.admin.users import UserAdmin

__all__ = ["GroupAdmin", "UserAdmin", "WrongPasswordsAdmin"]
