// node report.mjs RAW.json: what one run of script/bench measured, with the bar that a figure is to reach. Medians; a
// ratio is the median of the rounds' ratios.
import {readFileSync} from 'node:fs';

/** A peer whose fastest and slowest round differ by more than this part of its median was disturbed. */
const MOST_SPREAD = 0.25;

const number = (value, digits = 0) =>
  value.toLocaleString('en-US', {minimumFractionDigits: digits, maximumFractionDigits: digits});
const ratio = (value) => `${number(value, value < 1 ? 3 : value < 10 ? 2 : 0)} x`;
const percent = (value) => `${number(value * 100)}%`;
const mebibytes = (kib) => `${number(kib / 1024, 1)} MiB`;
const microseconds = (value) => `${number(value, 1)} us`;

const atLeast = (limit, unit) => ({limit: `at least ${limit}${unit}`, reached: (value) => value >= limit});
const atMost = (limit, unit) => ({limit: `at most ${limit}${unit}`, reached: (value) => value <= limit});

/** What is to be reached, in the unit of the value that is compared. */
const BARS = {
  wrk: atLeast(0.5, ' x'),
  undici: atLeast(3, ' x'),
  'syslog-ng': atLeast(3, ' x'),
  'intercom-client': atLeast(40, ' x'),
  cpuPerRow: atMost(18, ' us'),
  openssl: atLeast(0.6, ' x'),
  loadMiB: atMost(32, ' MiB'),
  uploadMiB: atMost(64, ' MiB'),
  checkMegabytes: atLeast(300, ' MB/s'),
  checkSeconds: atMost(0.3, ' s'),
  statusMilliseconds: atMost(5, ' ms'),
  lateSeconds: atMost(0.3, ' s'),
  refusedOf5000: atMost(3, ''),
  ofBestFixed: atLeast(0.95, ' x'),
  growth: atMost(1.05, ' x'),
  recoverySeconds: atMost(1, ' s'),
};
const bar = (name, value) => {
  const {limit, reached} = BARS[name];
  return `bar ${limit}: ${reached(value) ? 'reached' : 'NOT REACHED'}`;
};

function quantile(values, part) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * part) - 1)];
}
function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
const spread = (values) => (Math.max(...values) - Math.min(...values)) / median(values);

/** One line: a name, cells below each other, and at its end the bar, if there is one. */
function row(name, cells, verdict = '') {
  console.log(`${name.padEnd(35)}${cells.map((cell) => cell.padStart(12)).join('').padEnd(50)}${verdict}`.trimEnd());
}

const raw = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const speed = (run) => run.rows / run.seconds;

const PEERS = {
  wrk: 'wrk, one contact again and again',
  undici: 'Node, csv-parse and undici',
  'intercom-client': "Node, csv-parse and Intercom's own",
  'syslog-ng': 'syslog-ng, csv-parser and http()',
};

function reportRounds(rounds) {
  const speeds = (client) => rounds.map((round) => speed(round[client]));
  const cpuPerRow = (client) => median(rounds.map((round) => (round[client].cpuSeconds / round[client].rows) * 1e6));
  const timesAsFast = (peer) => median(rounds.map((round) => speed(round.rowcall) / speed(round[peer])));
  const cells = (client, factor) =>
    [number(median(speeds(client))), factor, microseconds(cpuPerRow(client)), percent(spread(speeds(client)))];
  row('one POST a row, 32 connections', ['rows/s', 'Rowcall is', 'CPU a row', 'spread']);
  for (const [peer, name] of Object.entries(PEERS)) {
    row(name, cells(peer, ratio(timesAsFast(peer))), bar(peer, timesAsFast(peer)));
  }
  row('Rowcall', cells('rowcall', ''), bar('cpuPerRow', cpuPerRow('rowcall')));
  const room = median(rounds.map(({rowcall}) =>
    (raw.machine.cores * rowcall.rows) / (rowcall.cpuSeconds + rowcall.sinkCpuSeconds)));
  const sinkCpu = median(rounds.map(({rowcall}) => (rowcall.sinkCpuSeconds / rowcall.rows) * 1e6));
  const idle = median(rounds.map(({rowcall}) => rowcall.idle));
  row('room of the cores; the sink took', [number(room), ratio(median(speeds('rowcall')) / room), microseconds(sinkCpu)],
    `${ratio(room / median(speeds('wrk')))} wrk; the cores were idle for ${percent(idle)}`);
  return Object.keys(PEERS).map((peer) => [peer, spread(speeds(peer))]);
}

function reportUploads(uploads) {
  const rates = (field) => uploads.map((upload) => upload.bytes / 1e6 / upload[field]);
  const ofOpenssl = median(uploads.map((upload) => upload.opensslSeconds / upload.rowcallSeconds));
  const receiver = (name, field, factor = '', verdict = '') =>
    row(name, [number(median(rates(field))), factor, '', percent(spread(rates(field)))], verdict);
  row(`receiving ${number(uploads[0].bytes / 1e6)} MB`, ['MB/s', 'Rowcall is', '', 'spread']);
  receiver('openssl dgst -sha256', 'opensslSeconds', ratio(ofOpenssl), bar('openssl', ofOpenssl));
  receiver('a copy with fsync (dd)', 'copySeconds');
  receiver('Rowcall, with hash and fsync', 'rowcallSeconds');
  return [['openssl', spread(rates('opensslSeconds'))]];
}

function reportMemory({load, uploads}) {
  const receiving = Math.max(...uploads.map((upload) => upload.rowcallPeakKiB));
  row("Rowcall's peak memory", []);
  row(`loading ${number(load.rows)} rows`, [mebibytes(load.peakKiB)], bar('loadMiB', load.peakKiB / 1024));
  row(`receiving ${number(uploads[0].bytes / 1e6)} MB`, [mebibytes(receiving)], bar('uploadMiB', receiving / 1024));
}

function reportChecks({validations, shortRows}) {
  row('reading, mapping and checking', ['MB/s', '100,000', '', 'spread']);
  const checked = (runs, judge) => {
    const rates = runs.map((run) => run.bytes / 1e6 / run.cpuSeconds);
    const seconds = median(runs.map((run) => (1e5 * run.cpuSeconds) / run.rows));
    row(`by one core, ${number(runs[0].bytes / runs[0].rows)} bytes a row`,
      [number(median(rates)), `${number(seconds, 3)} s`, '', percent(spread(rates))], judge(median(rates), seconds));
  };
  checked(validations, (speed, seconds) => `${bar('checkMegabytes', speed)}; ${bar('checkSeconds', seconds)}`);
  checked(shortRows, () => '');
}

function reportStatus(status) {
  row(`while ${number(status.rows)} rows are loaded`, ['median', 'p99', 'most', 'calls']);
  const asked = (name, answers, verdict = '') => {
    const times = [median(answers), quantile(answers, 0.99), Math.max(...answers)].map((ms) => `${number(ms, 2)} ms`);
    row(name, [...times, number(answers.length)], verdict);
  };
  const slow = quantile(status.status, 0.99);
  asked(`a job's status, of ${number(status.jobs)} jobs`, status.status, bar('statusMilliseconds', slow));
  asked(`the list, ${status.listed} jobs a page`, status.list);
  asked("for comparison, the sink's GET /me", status.sink);
}

function reportNoise(spreads) {
  const signs = spreads.filter(([, value]) => value > MOST_SPREAD)
    .map(([peer, value]) => `rounds of ${peer} differ by ${percent(value)}, more than ${percent(MOST_SPREAD)}`);
  const own = quantile(raw.status.sink, 0.99);
  if (!BARS.statusMilliseconds.reached(own)) signs.push(`p99 of the sink's own answers is ${number(own, 2)} ms`);
  if (signs.length === 0) return;
  console.log(`\nTOO NOISY TO CONCLUDE. Repeat on a machine that does nothing else.\n  ${signs.join('\n  ')}`);
}

function reportTable() {
  const spreads = reportRounds(raw.rounds);
  console.log();
  spreads.push(...reportUploads(raw.uploads));
  console.log();
  reportMemory(raw);
  console.log();
  reportChecks(raw);
  console.log();
  reportStatus(raw.status);
  reportNoise(spreads);
}

function reportRate() {
  for (const [jobs, runs] of Object.entries(raw.rate)) {
    const late = runs.map((run) => run.lateSeconds);
    const refused = runs.map((run) => (run.refused / run.rows) * 5000);
    const sum = (field) => number(runs.reduce((total, run) => total + run[field], 0));
    console.log(`${number(runs[0].rows)} rows, jobs at once: ${jobs}`);
    row('end after the perfect time, median', [`${number(median(late), 2)} s`]);
    row('the latest', [`${number(Math.max(...late), 2)} s`], bar('lateSeconds', Math.max(...late)));
    row(`answers of 429, of ${sum('calls')} calls`, [sum('refused')]);
    row('the most, for 5,000 rows', [number(Math.max(...refused), 1)], bar('refusedOf5000', Math.max(...refused)));
  }
}

function reportLatency() {
  const speeds = (setting) => raw.latency.filter((run) => run.setting === setting).map(speed);
  const settings = [...new Set(raw.latency.map((run) => run.setting))];
  const fixed = settings.filter((setting) => setting !== 'adapting');
  const best = fixed.reduce((one, other) => (median(speeds(other)) > median(speeds(one)) ? other : one));
  const ofBest = median(speeds('adapting').map((each, round) => each / speeds(best)[round]));
  row(`${number(raw.latency[0].rows)} rows, calls in flight`, ['rows/s', '', '', 'spread']);
  for (const setting of settings) {
    row(setting, [number(median(speeds(setting))), '', '', percent(spread(speeds(setting)))]);
  }
  row(`adapting, beside ${best}`, [ratio(ofBest)], bar('ofBestFixed', ofBest));
}

function reportGrowth() {
  const {growth} = raw;
  const cost = growth.bigMicroseconds / growth.smallMicroseconds;
  const [few, many] = [growth.smallRows, growth.bigRows].map((rows) => `${number(rows)} rows`);
  const seconds = growth.recoverySeconds.map((each) => number(each, 3)).join(', ');
  row(`CPU a row, ${few}`, [microseconds(growth.smallMicroseconds)]);
  row(`CPU a row, ${many}`, [microseconds(growth.bigMicroseconds), ratio(cost)], bar('growth', cost));
  row(`peak memory, ${few}`, [mebibytes(growth.smallPeakKiB)], bar('loadMiB', growth.smallPeakKiB / 1024));
  row(`peak memory, ${many}`, [mebibytes(growth.peakKiB)], bar('loadMiB', growth.peakKiB / 1024));
  row('ledger, bytes a row', [number(growth.bytesPerRow)]);
  row('the large load, kills included', [`${number(growth.bigSeconds)} s`]);
  const slowest = Math.max(...growth.recoverySeconds);
  row('calls again after a kill, slowest', [`${number(slowest, 3)} s`], bar('recoverySeconds', slowest));
  console.log(`each: ${seconds} s`);
}

const {machine} = raw;
const rounds = raw.rounds ? `, ${raw.rounds.length} rounds in turns` : '';
console.log(`${raw.rowcall}${rounds}${raw.tls ? ', all over TLS' : ''}.`);
console.log(`Clients and what they load into share ${machine.cores} cores (${machine.cpu}).`);
if (raw.mode === '--trial') console.log('A trial of the script: these figures mean nothing.');
console.log();
const reports = {'--rate': reportRate, '--latency': reportLatency, '--growth': reportGrowth};
(reports[raw.mode] ?? reportTable)();
console.log(`\nRaw numbers: ${process.argv[2]}`);
