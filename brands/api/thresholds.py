"""The thresholds of a brand's alerts as JSON."""

from drf_spectacular.utils import extend_schema_field

from alerts.thresholds import LEAST, MOST, MOST_THRESHOLDS, clean_thresholds
from budget_system.api.fields import InputField


@extend_schema_field(
    {
        "type": "array",
        "items": {"type": "integer", "minimum": LEAST, "maximum": MOST},
        "maxItems": MOST_THRESHOLDS,
        "uniqueItems": True,
        "example": [50, 80, 100],
    }
)
class ThresholdsField(InputField[list[int]]):
    """Whole percents, each once, shown in ascending order."""

    def parse(self, data: object) -> list[int]:
        """Read the percents."""
        return clean_thresholds(data)
