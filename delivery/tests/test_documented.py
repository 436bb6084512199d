"""What docs/delivery.md shows: each answer has the fields that it is shown with."""

import json
from typing import Any

from delivery.tests.test_feed import FeedTestCase
from tests.documents import blocks


def shown(beginning: str) -> Any:
    """Return the JSON of the page that begins so."""
    found = [block for block in blocks() if block.page == "docs/delivery.md" and block.language == "json"]
    (text,) = (block.text for block in found if block.text.startswith(beginning))
    return json.loads(text)


class DocumentedTests(FeedTestCase):
    def test_the_switch_of_a_brand_answers_as_shown(self) -> None:
        self.make_campaign("Nowhere")
        answer = self.client.post(
            f"/api/brands/{self.brand.pk}/delivery/", {"enabled": True, "dry_run": True}, "application/json"
        ).json()
        example = shown('{\n  "brand"')
        self.assertEqual((list(answer), list(answer["counts"])), (list(example), list(example["counts"])))
        self.assertEqual([*map(list, answer["campaigns"])], [*map(list, example["campaigns"][:2])])
        said = "It has no platform and no external_id."
        self.assertEqual((answer["campaigns"][0]["reason"], example["campaigns"][1]["reason"]), (said, said))

    def test_the_feed_and_an_acknowledgement_answer_as_shown(self) -> None:
        self.pause()
        (row,), (example,) = self.feed(), shown("[\n  {")
        same = ("external_id", "platform", "account", "wanted", "generation", "observed", "settled", "contested")
        self.assertEqual(list(row), list(example))
        self.assertEqual({name: row[name] for name in same}, {name: example[name] for name in same})
        item = {"external_id": "42", "generation": 2, "was": "ACTIVE", "observed": "PAUSED"}
        (answer,), (told,) = self.send(item, account="1112223333"), shown('[{"external_id"')
        self.assertEqual({**answer, "campaign": told["campaign"]}, told)
