// Uses the types that openapi-typescript has made of the description, with openapi-fetch. It is run under node with
// the server's address and a token.

import createClient from "openapi-fetch";
import type { components, paths } from "./schema.js";

declare const process: { argv: [string, string, string, string] };

const ROWS = 100;
const PAGE = 30;

function check(holds: boolean, what: unknown): asserts holds {
  if (!holds) throw new Error(`not as described: ${JSON.stringify(what)}`);
}

const [, , baseUrl, token] = process.argv;
// Some lists come as files too: it is JSON that is asked for here.
const client = createClient<paths, "application/json">({ baseUrl, headers: { Authorization: `Token ${token}` } });

const brand = await client.POST("/api/brands/", {
  body: { name: "Globex", daily_budget: "150.00", monthly_budget: null, timezone: "Etc/GMT+0", currency: "EUR" },
});
check(brand.data !== undefined, brand.error);
const left: string | null = brand.data.daily_left;
check(left === "150.00" && brand.data.monthly_budget === null && brand.data.timezone === "Etc/GMT+0", brand.data);

const campaign = await client.POST("/api/campaigns/", { body: { brand: brand.data.id, name: "Summer" } });
check(campaign.data !== undefined, campaign.error);
const reason: components["schemas"]["PauseReason"] | null = campaign.data.pause_reason;
check(reason === null && campaign.data.platform === "", campaign.data);
const id = campaign.data.id;

const rows = Array.from({ length: ROWS }, (_, row) => ({ campaign: id, amount: `${row + 1}.25` }));
const booked = await client.POST("/api/spends/bulk/", { body: rows });
check(booked.data !== undefined, booked.error);
check(booked.data.every((one, place) => one.result === "created" && one.spend.amount === rows[place]?.amount), booked.data);

const read = new Set<string>();
let page = 1;
for (; ; page += 1) {
  const answer = await client.GET("/api/spends/", { params: { query: { campaign: id, page, page_size: PAGE } } });
  check(answer.data !== undefined, answer.error);
  for (const spend of answer.data) read.add(spend.id);
  if (!answer.response.headers.get("Link")?.includes('rel="next"')) break;
}
check(page === 4 && read.size === ROWS, [page, read.size]);

const refused = await client.POST("/api/spends/", { body: { campaign: id, amount: "1,000" } });
check(refused.response.status === 400 && refused.error !== undefined, refused);
const faults = refused.error as components["schemas"]["Faults"];
check(faults["amount"]?.[0] === "“1,000” is not an amount; write it like 150.00.", faults);

console.log("used");
