// Runs and pauses this account's campaigns as the budget system wants it, and tells it what was found. Fill in the next two
// lines; docs/delivery.md says how to make a token that may do only this, to preview the script and to schedule it hourly.
var SERVER = 'https://budgets.example.com';
var TOKEN = 'paste the token here';

function main() {
  var account = String(AdsApp.currentAccount().getAccountId());
  var rows = call('/api/delivery/?platform=microsoft&page_size=10000&account=' + account);
  var found = campaignsOf(rows.map(function (row) { return row.external_id; }));
  var items = rows.map(function (row) { return settle(row, found[row.external_id]); }).filter(Boolean);
  while (items.length && !AdsApp.getExecutionInfo().isPreview()) {
    call('/api/delivery/ack/', { account: account, platform: 'microsoft', items: items.splice(0, 1000) });
  }
}

function campaignsOf(texts) { // by their id; each kind of campaign has a list of its own
  var found = {}, ids = texts.filter(function (text) { return /^[0-9]{1,19}$/.test(text); });
  ['campaigns', 'performanceMaxCampaigns', 'shoppingCampaigns'].forEach(function (kind) {
    var some = ids.length && AdsApp[kind] ? AdsApp[kind]().withIds(ids).get() : null;
    while (some && some.hasNext()) { var campaign = some.next(); found[campaign.getId()] = campaign; }
  });
  return found;
}

function stateOf(campaign) { return !campaign ? 'NOT_FOUND' : campaign.isPaused() ? 'PAUSED' : 'ACTIVE'; }
function settle(row, campaign) { // returns what to acknowledge; nothing where the server knows it already
  var was = stateOf(campaign), set = campaign && was !== row.wanted && !row.contested;
  if (set) { Logger.log('Set ' + row.external_id + ' from ' + was + ' to ' + row.wanted); }
  if (set && row.wanted === 'PAUSED') { campaign.pause(); }
  if (set && row.wanted === 'ACTIVE') { campaign.enable(); }
  var observed = stateOf(campaign), known = was === row.observed && observed === was;
  if (campaign ? known && (row.settled || row.contested) : known || !row.account) { return null; }
  return { external_id: row.external_id, generation: row.generation, was: was, observed: observed };
}

function call(path, body) {
  var options = { headers: { Authorization: 'Token ' + TOKEN } };
  if (body) { options.method = 'post'; options.contentType = 'application/json'; options.payload = JSON.stringify(body); }
  return JSON.parse(UrlFetchApp.fetch(SERVER + path, options).getContentText());
}
