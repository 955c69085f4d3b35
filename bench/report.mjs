// node report.mjs RAW.json: the table of one run of script/bench. Medians; a ratio is the median of the rounds' ratios.
import {readFileSync} from 'node:fs';

/** A peer whose fastest and slowest round differ by more than this part of its median was disturbed. */
const MOST_SPREAD = 0.25;

const raw = JSON.parse(readFileSync(process.argv[2], 'utf8'));

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
const spread = (values) => (Math.max(...values) - Math.min(...values)) / median(values);

const number = (value, digits = 0) =>
  value.toLocaleString('en-US', {minimumFractionDigits: digits, maximumFractionDigits: digits});
const ratio = (value) => `${number(value, value < 10 ? 2 : 0)} x`;
const percent = (value) => `${number(value * 100)}%`;
const row = (name, ...cells) =>
  console.log((name.padEnd(34) + cells.map((cell) => cell.padStart(13)).join('')).trimEnd());

const speed = (run) => run.rows / run.seconds;
const speeds = (client) => raw.rounds.map((round) => speed(round[client]));
const cpuPerRow = (client) => median(raw.rounds.map((round) => (round[client].cpuSeconds / round[client].rows) * 1e6));
const timesAsFast = (peer) => median(raw.rounds.map((round) => speed(round.rowcall) / speed(round[peer])));

const peers = {
  wrk: 'wrk, one contact again and again',
  undici: 'Node, csv-parse and undici',
  'intercom-client': "Node, csv-parse and Intercom's own",
};
const {machine} = raw;
const {bytes} = raw.uploads[0];
const megabytes = `${number(bytes / 1e6)} MB`;

console.log(`${raw.rowcall}, ${raw.rounds.length} rounds in turns.`);
console.log(`Clients and sink share ${machine.cores} cores (${machine.cpu}).`);
if (raw.mode === '--trial') console.log('A trial of the script: these figures mean nothing.');
console.log();
row('one POST a row, 32 connections', 'rows/s', 'Rowcall is', 'CPU a row', 'spread');
for (const [client, name] of Object.entries({...peers, rowcall: 'Rowcall'})) {
  const factor = client === 'rowcall' ? '' : ratio(timesAsFast(client));
  const cpu = `${number(cpuPerRow(client), 1)} us`;
  row(name, number(median(speeds(client))), factor, cpu, percent(spread(speeds(client))));
}
console.log();
const rates = (field) => raw.uploads.map((upload) => upload.bytes / 1e6 / upload[field]);
const ofOpenssl = median(raw.uploads.map((upload) => upload.opensslSeconds / upload.rowcallSeconds));
row(`receiving ${megabytes}`, 'MB/s', 'Rowcall is', '', 'spread');
const receiver = (name, field, factor) =>
  row(name, number(median(rates(field))), factor, '', percent(spread(rates(field))));
receiver('openssl dgst -sha256', 'opensslSeconds', ratio(ofOpenssl));
receiver('a copy with fsync (dd)', 'copySeconds', '');
receiver('Rowcall, with hash and fsync', 'rowcallSeconds', '');
console.log();
const mebibytes = (kib) => `${number(kib / 1024, 1)} MiB`;
row("Rowcall's peak memory");
row(`loading ${number(raw.load.rows)} rows`, mebibytes(raw.load.peakKiB));
row(`receiving ${megabytes}`, mebibytes(Math.max(...raw.uploads.map((upload) => upload.rowcallPeakKiB))));
console.log();
const checks = raw.validations.map((run) => run.bytes / 1e6 / run.cpuSeconds);
row('reading, mapping and checking', 'MB/s', 'rows/s', '', 'spread');
const checked = median(raw.validations.map((run) => run.rows / run.cpuSeconds));
row(`${number(raw.validations[0].rows)} rows, by one core`, number(median(checks)), number(checked), '', percent(spread(checks)));
console.log();
console.log(`Raw numbers: ${process.argv[2]}`);

const spreads = Object.keys(peers).map((peer) => [peer, spread(speeds(peer))]);
spreads.push(['openssl', spread(rates('opensslSeconds'))]);
const disturbed = spreads.filter(([, value]) => value > MOST_SPREAD);
if (disturbed.length > 0) {
  const list = disturbed.map(([peer, value]) => `${peer} by ${percent(value)}`).join(', ');
  console.log(`\nTOO NOISY TO CONCLUDE. Rounds of one program differ by more than ${percent(MOST_SPREAD)}: ${list}.`);
  console.log('Repeat on a machine that does nothing else.');
}
