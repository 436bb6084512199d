"""The thresholds of a brand's alerts, as they are typed."""

from alerts.thresholds import read_thresholds, thresholds_text
from budget_system.admin.fields import InputField


class ThresholdsField(InputField):
    """Whole percents with commas between them; empty where nobody is to be alerted."""

    def __init__(self, *, label: str | None = None, help_text: str = "") -> None:
        super().__init__(required=False, label=label, help_text=help_text, placeholder="none")

    def parse(self, text: str) -> list[int]:
        """Read the percents."""
        return read_thresholds(text)

    def empty(self) -> list[int]:
        """Return that there are none."""
        return []

    def prepare_value(self, value: object) -> object:
        """Show what is stored as it is typed; what was entered stays as it was entered."""
        return thresholds_text(value) if isinstance(value, list) else value
