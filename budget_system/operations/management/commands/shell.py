"""Django's shell, without its imports: `shell -c` prints the answer and nothing else."""

from django.core.management.commands.shell import Command as DjangoShell


class Command(DjangoShell):
    """Run a Python shell with the project's settings."""

    def get_auto_imports(self) -> None:
        """Import nothing by itself."""
