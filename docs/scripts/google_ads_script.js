/**
 * Runs and pauses this account's campaigns as the budget system wants it, and tells it what was found.
 * In Google Ads: Tools > Bulk actions > Scripts > +, paste, fill in the two lines below, preview, run, schedule hourly.
 * The token is made for this alone: issue_token USER --only delivery
 */
var SERVER = 'https://budgets.example.com';
var TOKEN = 'paste the token here';

function main() {
  var account = AdsApp.currentAccount().getCustomerId().replace(/-/g, '');
  var preview = AdsApp.getExecutionInfo().isPreview();
  var rows = [], page = 0, part;
  do {
    part = call('/api/delivery/?platform=google&page_size=1000&account=' + account + '&page=' + ++page) || [];
    rows = rows.concat(part);
  } while (part.length === 1000);
  var found = campaignsOf(rows.map(function (row) { return row.external_id; }).filter(isId));
  var items = rows.map(function (row) { return settle(row, found[row.external_id], preview); }).filter(Boolean);
  while (!preview && items.length) {
    call('/api/delivery/ack/', { account: account, platform: 'google', items: items.splice(0, 1000) });
  }
}

function campaignsOf(ids) { // by their id; each kind of campaign has a list of its own
  var found = {};
  ['campaigns', 'performanceMaxCampaigns', 'shoppingCampaigns', 'videoCampaigns'].forEach(function (kind) {
    for (var at = 0; AdsApp[kind] && at < ids.length; at += 10000) {
      var some = AdsApp[kind]().withIds(ids.slice(at, at + 10000)).get();
      while (some.hasNext()) { var campaign = some.next(); found[String(campaign.getId())] = campaign; }
    }
  });
  return found;
}

function isId(text) { return /^[0-9]{1,19}$/.test(text); } // of anything else the platform would refuse the lot

function stateOf(campaign) { return !campaign ? 'NOT_FOUND' : campaign.isPaused() ? 'PAUSED' : 'ACTIVE'; }

function settle(row, campaign, preview) { // returns what to acknowledge; nothing where the server knows it already
  var was = stateOf(campaign);
  if (campaign && was !== row.wanted && !row.contested) {
    Logger.log((preview ? 'Would set ' : 'Set ') + row.external_id + ' from ' + was + ' to ' + row.wanted);
    if (!preview && row.wanted === 'PAUSED') { campaign.pause(); }
    if (!preview && row.wanted === 'ACTIVE') { campaign.enable(); }
  }
  var observed = stateOf(campaign);
  if (!campaign && (row.account === null || row.observed === observed)) { return null; } // another account's, or known
  if (was === row.observed && observed === was && (row.settled || row.contested)) { return null; }
  return { external_id: row.external_id, generation: row.generation, was: was, observed: observed };
}

function call(path, body) {
  var options = { method: body ? 'post' : 'get', headers: { Authorization: 'Token ' + TOKEN }, muteHttpExceptions: true };
  if (body) { options.contentType = 'application/json'; options.payload = JSON.stringify(body); }
  var answer = UrlFetchApp.fetch(SERVER + path, options);
  if (answer.getResponseCode() === 404 && !body) { return null; } // the page after the last
  if (answer.getResponseCode() !== 200) { throw new Error(answer.getResponseCode() + ': ' + answer.getContentText()); }
  return JSON.parse(answer.getContentText());
}
