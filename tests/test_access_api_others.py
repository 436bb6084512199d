"""What belongs to a brand that one is no member of: nothing of it in any answer of the API."""

import json
from typing import Any

from django.contrib.auth.models import User
from uuid_utils.compat import uuid7

from tests.access_api import IDS_OF, MISSING, ApiAccess, Ids, body_of
from tests.access_table import NOT_ALLOWED, QUERIES, TABLE


class OthersTests(ApiAccess):
    """What is another's is answered to the letter as what does not exist."""

    def test_lists_and_files_show_strangers_nothing_of_acme_and_members_nothing_else(self) -> None:
        for route in TABLE:
            if "{pk}" in route or "GET" not in TABLE[route] or route == MISSING:
                continue
            for query in ("", *QUERIES.get(route, ())):
                asked = query.format(**self.acme)
                for user, _ in self.people(TABLE[route]["GET"]):
                    with self.subTest(route=route, query=query, user=user.username):
                        answer, _ = self.call("GET", route, self.acme, user, asked)
                        self.assertEqual(answer.status_code, 200)
                        self.assert_keeps(answer.text + str(answer.headers), user, asked)

    def test_every_list_shows_its_members_what_is_theirs(self) -> None:
        for route, kind in {f"api/{plural}/": kind for plural, kind in IDS_OF.items()}.items():
            seen: dict[User, tuple[Ids, ...]] = {
                **dict.fromkeys((self.viewer, self.manager, self.grouped), (self.acme,)),
                **dict.fromkeys(self.reach_every_brand, (self.acme, self.zephyr)),
                self.onlooker: (self.zephyr,),
                self.removed: (),
            }
            for user, rows in seen.items():
                answer, _ = self.call("GET", route, self.acme, user)
                self.assertCountEqual([row["id"] for row in json.loads(answer.text)], [str(ids[kind]) for ids in rows])
                self.assertEqual(answer.headers["X-Total-Count"], str(len(rows)))

    def test_what_is_anothers_is_answered_to_the_letter_as_what_does_not_exist(self) -> None:
        unknown: Ids = {kind: uuid7() for kind in self.acme}
        compared = 0
        for route, method, expected in self.cells():
            for query in ("", *(QUERIES.get(route, ()) if method == "GET" else ())):
                if "{pk}" not in route and "{" not in query and body_of(route, method, self.acme) is None:
                    continue
                foreign = self.foreign() if expected is not NOT_ALLOWED else [(self.loner, self.acme, "")]
                for user, ids, _ in foreign:
                    with self.subTest(route=route, method=method, query=query, user=user.username):
                        theirs = self.answer_to(method, route, ids, user, query)
                        self.assertEqual(theirs, self.answer_to(method, route, unknown, user, query))
                        compared += 1
        self.assertGreater(compared, 350)

    def answer_to(self, method: str, route: str, ids: Ids, user: User, query: str = "", body: object = None) -> Any:
        """Return the whole answer, with the ids that were sent made alike."""
        answer, _ = self.call(method, route, ids, user, query.format(**ids), body)
        text = f"{answer.status_code}\n{sorted(answer.headers.items())}\n{answer.text}"
        for kind, pk in ids.items():
            text = text.replace(str(pk), f"<{kind}>")
        return text if answer.status_code >= 400 else text.replace(str(answer.headers.get("Location")), "")

    def test_a_body_that_names_anothers_row_is_answered_as_one_that_names_an_unknown_one(self) -> None:
        spend = {"amount": "1.00"}
        bodies: dict[tuple[str, str], Any] = {
            ("PATCH", "api/campaigns/{pk}/"): lambda ids, _: {"brand": str(ids["brand"])},
            ("PUT", "api/campaigns/{pk}/"): lambda ids, _: {"brand": str(ids["brand"]), "name": "Renamed"},
            ("PATCH", "api/schedules/{pk}/"): lambda ids, _: {"campaign": str(ids["campaign"])},
            ("PATCH", "api/spends/{pk}/"): lambda ids, _: {"campaign": str(ids["campaign"]), "amount": "2.00"},
            ("POST", "api/spends/bulk/"): lambda ids, _: [
                {"campaign": str(self.acme["campaign"]), **spend},
                {"campaign": str(ids["campaign"]), **spend},
            ],
            ("POST", "api/campaigns/"): lambda ids, _: {"brand": str(ids["brand"]), "name": "Theirs"},
            ("POST", "api/spends/"): lambda ids, word: {
                "campaign": str(ids["campaign"]),
                "external_id": word,
                "amount": "0.00",
            },
        }
        unknown: Ids = {kind: uuid7() for kind in self.zephyr}
        zephyr = [(user, self.zephyr, "hidden-2") for user in (self.manager, self.grouped, self.loner, self.removed)]
        yonder = [(user, self.yonder, "buried-3") for user in (self.every_manager, self.every_grouped)]
        for (method, route), body in bodies.items():
            for user, others, word in (*zephyr, *yonder):
                if method != "POST" and user not in self.managers:
                    continue
                with self.subTest(method=method, route=route, user=user.username):
                    answers = []
                    for ids in (others, unknown):
                        answer, written = self.call(method, route, self.acme, user, body=body(ids, word))
                        self.assertEqual((answer.status_code, written), (400, []), answer.text)
                        text = answer.text
                        for kind, pk in ids.items():
                            text = text.replace(str(pk), f"<{kind}>")
                        answers.append(text)
                    self.assertEqual(*answers)
                    self.assertRegex(answers[0], "brand" if "brand" in str(body(unknown, word)) else "campaign")

    def test_a_campaign_that_has_moved_leaves_its_past_with_the_brand_in_which_it_happened(self) -> None:
        self.client.force_login(self.administrator)
        campaign = self.make_campaign("Fresh")
        path = f"/api/campaigns/{campaign.pk}/"
        self.client.post(f"{path}pause/", {"note": "secret-1"}, "application/json")
        self.client.patch(path, {"brand": str(self.other.pk)}, "application/json")

        for below in ("events/", "history/"):
            ids = {**self.zephyr, "campaign": campaign.pk}
            answer, _ = self.call("GET", f"api/campaigns/{{pk}}/{below}", ids, self.stranger)
            self.assertEqual(answer.status_code, 200)
            self.assert_keeps(answer.text, self.stranger, "")
