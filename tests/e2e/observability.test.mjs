// What an operator sees: the metrics agree with the stand-in's own truth, a failed call is found in the log by its id,
// and neither tells a secret or a person.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';

import { Sandbox, Server, startReceiver, until } from './rowcall.mjs';
import { sample } from './sample.mjs';

/** The values of a scrape by series, as Prometheus reads them. */
async function scrape(server) {
  const answer = await fetch(`${server.run.url}/metrics`);
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8');
  const text = await answer.text();
  const values = new Map();
  for (const line of text.trimEnd().split('\n')) {
    if (line.startsWith('# ')) {
      assert.match(line, /^# (HELP|TYPE) [a-z_]+ ./);
      continue;
    }
    const series = /^([a-z_]+(?:\{[a-z]+="[^"\\\n]*"(?:,[a-z]+="[^"\\\n]*")*\})?) (\S+)$/.exec(line);
    assert.ok(series, line);
    assert.ok(!values.has(series[1]), `${series[1]} stands twice`);
    assert.ok(series[2] === '+Inf' || Number.isFinite(Number(series[2])), line);
    values.set(series[1], Number(series[2]));
  }
  return { text, of: (series) => values.get(series) };
}

const rowsThat = (metrics, outcome) => metrics.of(`rowcall_rows_total{outcome="${outcome}"}`);
const callsThat = (metrics, result) => metrics.of(`rowcall_service_calls_total{result="${result}"}`);

/** The server's log lines of one event; every line must be JSON. Standard output has one line that is none. */
const linesOf = (server, event) => server.run.log.split('\n')
  .filter((line) => line !== '' && !line.startsWith('listening on '))
  .map((line) => JSON.parse(line))
  .filter((line) => line.event === event);

test('the metrics of a load are what the stand-in saw', async (t) => {
  const sandbox = await Sandbox.start(t);
  const server = await Server.start(t);
  const receiver = await startReceiver(t);
  const instance = await server.connect(sandbox);
  const bytes = Buffer.byteLength(sample);
  await sandbox.faults([{ nth: [12], do: 'status', status: 429 }]);
  await instance.load(sample, { callback: receiver.url });
  await instance.load(sample);
  await receiver.first();

  const metrics = await until('the callback is recorded', async () => {
    const metrics = await scrape(server);
    return metrics.of('rowcall_callback_attempts_total{result="delivered"}') === 1 ? metrics : null;
  });
  assert.equal((await sandbox.contacts()).length, 10);
  assert.equal(rowsThat(metrics, 'created'), 10);
  assert.equal(rowsThat(metrics, 'updated') + rowsThat(metrics, 'unchanged'), 10);
  assert.equal(rowsThat(metrics, 'failed'), 0);

  const truth = await sandbox.requests();
  const limited = truth.by_status['429'];
  assert.equal(limited, 1);
  assert.equal(callsThat(metrics, 'rate_limited'), limited);
  assert.equal(callsThat(metrics, 'answered') + limited, truth.total);
  assert.equal(callsThat(metrics, 'maybe_sent') + callsThat(metrics, 'not_sent'), 0);

  assert.equal(metrics.of('rowcall_jobs_created_total'), 2);
  assert.equal(metrics.of('rowcall_jobs_ended_total{status="COMPLETED"}'), 2);
  assert.equal(metrics.of('rowcall_open_jobs{status="RUNNING"}'), 0);
  assert.equal(metrics.of('rowcall_rows_in_doubt'), 0);
  assert.equal(metrics.of('rowcall_rows_unaccounted_total'), 0);
  assert.equal(metrics.of('rowcall_lease_takeovers_total'), 0);
  assert.equal(metrics.of('rowcall_rate_limit_calls'), 1666);
  assert.ok(metrics.of('rowcall_rate_used_calls') <= 1666);
  assert.equal(metrics.of('rowcall_callbacks_owed'), 0);
  assert.equal(metrics.of('rowcall_uploaded_files_total'), 2);
  assert.equal(metrics.of('rowcall_uploaded_bytes_total'), 2 * bytes);
  assert.equal(metrics.of('rowcall_http_requests_total{method="POST",route="/bulk/{object}",status="2xx"}'), 2);
  assert.ok(metrics.of('rowcall_ledger_commit_duration_seconds_count') >= 4);
  assert.ok(metrics.of('rowcall_http_connections') >= 1);
});

test('what is open is right after a restart, when the counters begin anew', async (t) => {
  const sandbox = await Sandbox.start(t);
  const server = await Server.start(t);
  const instance = await server.connect(sandbox);
  await instance.load(sample);
  await server.stop();
  await sandbox.faults([{ every: 1, do: 'status', status: 401 }]); // so that the job stays open
  await server.startAgain();
  assert.equal(rowsThat(await scrape(server), 'created'), 0);
  await instance.upload(sample);
  await server.kill();
  await server.startAgain();
  const metrics = await scrape(server);
  assert.equal(metrics.of('rowcall_jobs_created_total'), 0);
  const open = ['CREATED', 'RUNNING'].map((status) => metrics.of(`rowcall_open_jobs{status="${status}"}`));
  assert.equal(open[0] + open[1], 1);
});

test('a failed call is found in the log by the id in its answer', async (t) => {
  const server = await Server.start(t);
  const sandbox = await Sandbox.start(t);
  const instance = await server.connect(sandbox);
  const path = '/elements/api-v2/bulk/4711/status';
  const answer = await fetch(`${server.run.url}${path}?token=${instance.answer.token}`, { headers: instance.signIn });
  const problem = await answer.json();
  assert.equal(answer.status, 404);
  assert.equal(problem.requestId, answer.headers.get('X-Request-Id'));
  const line = await until('the line is written', () =>
    linesOf(server, 'request').find(({ id }) => id === problem.requestId));
  assert.equal(line.level, 'info');
  assert.match(line.time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.match(line.peer, /^127\.0\.0\.1:\d+$/);
  assert.equal(line.method, 'GET');
  assert.equal(line.path, path);
  assert.equal(line.route, '/bulk/{id}/status');
  assert.equal(line.status, 404);
  assert.equal(line.instance, instance.answer.id);
  assert.ok(line.bytes_out > 0 && line.ms >= 0);
});

test('what is no HTTP is answered and logged under one id, and forges no line', async (t) => {
  const server = await Server.start(t);
  const socket = connect(new URL(server.run.url).port, '127.0.0.1');
  socket.end('GET /\r\n{"event":"forged"}\r\n\r\n');
  let answer = '';
  socket.on('data', (bytes) => (answer += bytes));
  await once(socket, 'close');
  assert.match(answer, /^HTTP\/1\.1 400 /);
  const { requestId } = JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')));
  assert.ok(answer.includes(`X-Request-Id: ${requestId}\r\n`), answer);
  const line = await until('the line is written', () => linesOf(server, 'request').find(({ id }) => id === requestId));
  assert.equal(line.status, 400);

  await fetch(`${server.run.url}/%0a%7B%22event%22:%22forged%22%7D%0d%1b[2J%00%22`);
  await until('the next line is written', () => linesOf(server, 'request').some(({ path }) => path.includes('forged')));
  assert.deepEqual(linesOf(server, 'forged'), []);
  assert.ok(!/[\x00-\x09\x0b-\x1f\x7f]/.test(server.run.log));
});

test('neither log nor metrics tell a secret or a person, at the most talkative level', async (t) => {
  const sandbox = await Sandbox.start(t);
  const server = await Server.start(t, { logLevel: 'debug' });
  const receiver = await startReceiver(t);
  const keys = { 'event.notification.signature.key': 'canary-signature-key' };
  const instance = await server.connect(sandbox, keys);
  // A row that goes well, and one that the service refuses in words that quote it.
  await sandbox.add([{ email: 'canary-first@example.com', external_id: 'taken' }]);
  const csv = 'email,name,phone,external_id\ncanary-row@example.com,Canary Row,+41441234567,\n' +
              'canary-second@example.com,Canary Second,,taken\n';
  const job = await instance.upload(csv, { callback: `${receiver.url}?canary-callback=1` });
  await instance.finished(job);
  await receiver.first();
  const signIn = { Authorization: 'Element canary-element, User canary-user' };
  for (const path of ['/elements/api-v2/ping?token=canary-query', '/elements/api-v2/bulk/1/status?q=canary-query']) {
    assert.equal((await fetch(server.run.url + path, { headers: signIn })).status, 401);
  }
  // A connection that the service refuses, and a callback whose receiver is gone.
  const refused = await fetch(`${server.run.url}/elements/api-v2/instances`, {
    method: 'POST',
    headers: {
      Authorization: `User ${server.user}, Organization ${server.organization}`, 'Content-Type': 'application/json',
    },
    body: JSON.stringify({ element: { key: 'intercom' }, name: 'canary-name',
                           configuration: { 'oauth.user.token': 'canary-token', 'base.url': sandbox.url } }),
  });
  assert.equal(refused.status, 400);
  await instance.load(sample, { callback: 'http://127.0.0.1:1/gone?canary-callback=2' });
  const { text } = await scrape(server);
  await until('the last request is logged', () => linesOf(server, 'request').some(({ route }) => route === '/metrics'));
  await server.stop();
  const { token, webhookSecret } = instance.answer;
  const secrets = [server.user, server.organization, token, webhookSecret, 'sandbox-token'];
  for (const seen of [server.run.log, text]) {
    for (const secret of secrets) assert.ok(!seen.includes(secret), `a secret is shown:\n${seen}`);
    assert.doesNotMatch(seen, /canary|@example|@acme|41441234567/i);
  }
});
