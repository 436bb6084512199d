// Runs a platform's script with stand-ins for the platform's objects: node platform.js SCRIPT SERVER TOKEN < state
// The state says which campaigns there are; what comes back says what became of them, and what was written.
'use strict';
const fs = require('fs');
const path = require('path');
const vm = require('vm');
const { execFileSync } = require('child_process');

const [script, server, token] = process.argv.slice(2);
const state = JSON.parse(fs.readFileSync(0, 'utf8'));
const told = { writes: [], log: [], requests: [], campaigns: state.campaigns };

function campaign(id) {
  const set = (paused) => {
    if (state.preview) { return; } // the platform shows what it would change, and changes nothing
    told.writes.push([id, paused ? 'pause' : 'enable']);
    if (!state.stuck) { state.campaigns[id].paused = paused; }
  };
  return {
    getId: () => (state.platform === 'google' ? Number(id) : id),
    isPaused: () => state.campaigns[id].paused,
    pause: () => set(true),
    enable: () => set(false),
  };
}

function selector(kind) {
  return {
    withIds(ids) {
      const bad = ids.filter((id) => !/^[0-9]+$/.test(id));
      if (bad.length || ids.length > 10000) { throw new Error('withIds: ' + bad); }
      const known = ids.filter((id) => (state.campaigns[id] || {}).kind === kind);
      return { get: () => ({ hasNext: () => known.length > 0, next: () => campaign(known.shift()) }) };
    },
  };
}

const AdsApp = {
  currentAccount: () => ({ getCustomerId: () => '111-222-3333', getAccountId: () => 1112223333 }),
  getExecutionInfo: () => ({ isPreview: () => Boolean(state.preview) }),
};
for (const kind of ['campaigns', 'performanceMaxCampaigns']) { AdsApp[kind] = () => selector(kind); }

const UrlFetchApp = { // the platform's waits for the answer, so another process fetches
  fetch(url, options) {
    told.requests.push([options.method || 'get', url.replace(server, '')]);
    const input = JSON.stringify({ url, options });
    const answer = JSON.parse(execFileSync(process.execPath, [path.join(__dirname, 'fetch.js')], { input }));
    if (answer.code >= 400) { throw new Error('Request failed for ' + url + ' returned code ' + answer.code); }
    return { getContentText: () => answer.text };
  },
};
const source = fs.readFileSync(script, 'utf8')
  .replace('https://budgets.example.com', server).replace('paste the token here', token);
const context = vm.createContext( // as at the platform: nothing of node's, and no text becomes code
  { AdsApp, UrlFetchApp, Logger: { log: (line) => told.log.push(line) } },
  { codeGeneration: { strings: false, wasm: false } },
);
vm.runInContext(source + '\nmain();', context, { filename: script });
console.log(JSON.stringify(told));
