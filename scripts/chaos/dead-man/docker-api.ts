/**
 * `node -e API_SCRIPT METHOD PATH [FIELD or JSON]`: asks the engine by its socket, in an image that has Node and nothing
 * else. Of the answer it prints all, or one field of it, such as `State.Pid`. A redirection of what is already so
 * (304: it is stopped already) is no failure.
 */
export const API_SCRIPT = `
const [method, path, rest] = process.argv.slice(1);
const body = method === 'GET' ? undefined : rest;
const headers = body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
const request = require('http').request({ socketPath: '/var/run/docker.sock', method, path, headers, timeout: 60000 }, (response) => {
  let text = '';
  response.setEncoding('utf8').on('data', (part) => text += part).on('end', () => {
    if (response.statusCode >= 400) { console.error(text.trim()); process.exit(1); }
    if (method !== 'GET' || rest === undefined) return console.log(text);
    const value = rest.split('.').reduce((at, name) => at?.[name], JSON.parse(text));
    console.log(typeof value === 'object' ? JSON.stringify(value) : value);
  });
});
request.on('timeout', () => request.destroy(new Error('the engine does not answer')));
request.on('error', ({ message }) => { console.error(message); process.exit(1); });
request.end(body);
`;
