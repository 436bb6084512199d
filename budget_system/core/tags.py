"""Tags of versions: by one a client, or a form, says which version of a row its change was made for."""

import hashlib
import json


def tag_of(shown: object) -> str:
    """Return the strong tag of what is shown of a row, given in types of JSON."""
    text = json.dumps(shown, sort_keys=True)
    return f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'
