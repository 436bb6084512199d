// Fetches once, as the request on the standard input says, and writes the answer.
'use strict';
const { url, options } = JSON.parse(require('fs').readFileSync(0, 'utf8'));
const headers = { ...options.headers };
if (options.contentType) { headers['Content-Type'] = options.contentType; }
fetch(url, { method: (options.method || 'get').toUpperCase(), headers, body: options.payload }).then(async (answer) => {
  console.log(JSON.stringify({ code: answer.status, text: await answer.text() }));
});
