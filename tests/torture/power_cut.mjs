// A disk whose power can be cut. power_cut.cc, preloaded into the server, notes what the server does to its files; from
// that this works out what may be left of them, and puts it in their place.
//
// What a power failure may leave, and no more:
// - of a file, what was flushed last; of each of its sectors of 512 bytes, what was flushed or any state since; a size
//   that it has had since. Where a file was cut shorter, nothing behind the cut is there unless the cut is;
// - of a folder, the names that were flushed last, and the first few of those given and taken since. That a file was
//   flushed does not keep its name;
// - of -shm files, any bytes: they are mapped memory.

import assert from 'node:assert/strict';
import {
  closeSync, ftruncateSync, mkdirSync, openSync, readdirSync, readFileSync, readSync, rmSync, truncateSync, writeFileSync, writeSync,
} from 'node:fs';
import { join } from 'node:path';

import { until } from '../e2e/rowcall.mjs';

const sector = 512;
const page = 4096;

/** Bytes that change in their place. */
class Content {
  constructor(bytes) {
    this.room = bytes;
    this.size = bytes.length;
  }
  get bytes() {
    return this.room.subarray(0, this.size);
  }
  copy = () => new Content(Buffer.from(this.bytes));

  resize(size) {
    if (size > this.room.length) this.room = Buffer.concat([this.bytes], Math.max(size, 2 * this.room.length));
    if (size < this.size) this.room.fill(0, size, this.size);
    this.size = size;
  }
  put(at, bytes) {
    this.resize(Math.max(this.size, at + bytes.length));
    bytes.copy(this.room, at);
  }
  /** `change`: {at, written} or {size}. */
  make({ at, written, size }) {
    if (written) this.put(at, written);
    else this.resize(size);
  }
}

class File {
  constructor(bytes = Buffer.alloc(0)) {
    this.flushed = new Content(bytes);
  }
  since = []; // changes, in their order
  dropped = 0; // how many there were before these

  get all() {
    const all = this.flushed.copy();
    for (const change of this.since) all.make(change);
    return all.bytes;
  }

  mark = () => this.dropped + this.since.length;
  flush(mark) {
    const changes = this.since.splice(0, Math.max(0, mark - this.dropped)); // a flush that began later may have ended before
    for (const change of changes) this.flushed.make(change);
    this.dropped += changes.length;
  }

  /** What is left of it. */
  cut(random) {
    switch (random.oneOf(['none', 'all', 'first', 'sectors', 'sectors', 'pages'])) {
      case 'none': return this.flushed.bytes;
      case 'all': return this.all;
      case 'first': return this.firstOf(random);
      case 'pages': return this.anyOf(random, page);
      default: return this.anyOf(random, sector);
    }
  }

  /** The first changes in their order, and of the next one some sectors. */
  firstOf(random) {
    const count = random.below(this.since.length + 1);
    return this.with(this.since.slice(0, count + 1), sector, (i) => i < count || random() < 0.5, count + random.below(2));
  }

  /** Each sector, or page, as it was at a moment of its own. */
  anyOf(random, unit) {
    const resized = this.since.flatMap(({ written }, i) => (written ? [] : [i]));
    const kept = random.below(resized.length + 1);
    const changes = this.since.slice(0, resized[kept] ?? this.since.length);
    const first = kept > 0 ? resized[kept - 1] + 1 : 0;
    const moments = new Map();
    const momentOf = (number) => {
      if (!moments.has(number)) moments.set(number, random.oneOf([0, changes.length, random.below(changes.length + 1)]));
      return moments.get(number);
    };
    return this.with(changes, unit, (i, number) => i < momentOf(number), first + random.below(changes.length - first + 1));
  }

  /** With those pieces of the changes that `isKept` takes, and the size that it had behind the first `sized` of them. */
  with(changes, unit, isKept, sized) {
    const left = this.flushed.copy();
    let size = left.size;
    changes.forEach((change, i) => {
      const { at, written } = change;
      if (i < sized) size = written ? Math.max(size, at + written.length) : change.size;
      if (!written) return left.make(change);
      for (let from = 0; from < written.length; ) {
        const number = Math.floor((at + from) / unit);
        const to = Math.min(written.length, (number + 1) * unit - at);
        if (isKept(i, number)) left.put(at + from, written.subarray(from, to));
        from = to;
      }
    });
    left.resize(size);
    return left.bytes;
  }
}

class Folder {
  flushed = new Map();
  since = []; // functions that change a map
  dropped = 0;
  all = new Map();

  change(how) {
    how(this.all);
    this.since.push(how);
  }

  mark = () => this.dropped + this.since.length;
  flush(mark) {
    for (const how of this.since.splice(0, Math.max(0, mark - this.dropped))) how(this.flushed);
    this.dropped = Math.max(this.dropped, mark);
  }

  /** The names that are left. */
  cut(random) {
    const names = new Map(this.flushed);
    for (const how of this.since.slice(0, random.below(this.since.length + 1))) how(names);
    return names;
  }
}

const isMappedMemory = (name) => name.endsWith('-shm');
const anyBytes = (random) => Buffer.from(Array.from({ length: random.below(200) }, () => random.below(256)));
const never = 2n ** 62n;

/** Where in the control file each number stands. */
const place = { calls: 0, lastCall: 8, moves: 16, lastMove: 24, flushes: 32, lastFlush: 40, busy: 48 };

export class Disk {
  root = new Folder();
  files = new Map(); // by inode
  flushes = new Map();
  read = 0; // so much of the record

  /** `below`: the folder whose files are watched, empty as yet; `notes`: one for the record and the control file. */
  constructor(t, below, notes, library) {
    const control = join(notes, 'control');
    this.below = below;
    this.record = join(notes, 'record');
    this.control = openSync(control, 'w+');
    t.after(() => closeSync(this.control));
    ftruncateSync(this.control, 56);
    writeFileSync(this.record, '');
    this.live();
    this.env = { LD_PRELOAD: library, POWER_CUT_BELOW: below, POWER_CUT_RECORD: this.record, POWER_CUT_CONTROL: control };
  }

  get(number) {
    const bytes = Buffer.alloc(8);
    readSync(this.control, bytes, 0, 8, place[number]);
    return bytes.readBigInt64LE();
  }
  set(number, value) {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(value);
    writeSync(this.control, bytes, 0, 8, place[number]);
  }

  /** The server lives until it is told else. */
  live() {
    this.set('lastCall', never);
    this.set('lastMove', never);
    this.set('lastFlush', never);
  }
  /** The server dies when it has made so many more calls for its files. */
  dieBehind = (calls) => this.set('lastCall', this.get('calls') + BigInt(calls));
  /** The server dies in a checkpoint, when it has written so many more pages to a database. */
  dieBehindMoves = (pages) => this.set('lastMove', this.get('moves') + BigInt(pages));

  /** The server dies in a flush, when so many more were made. */
  dieBehindFlushes = (flushes) => this.set('lastFlush', this.get('flushes') + BigInt(flushes));

  /** Ends a run of the server now, if it is not its end already, with no call half noted. */
  async end(run) {
    this.set('lastCall', 0n);
    await until('no call is half noted', () => run.child.signalCode !== null || this.get('busy') === 0n);
    run.child.kill('SIGKILL');
    const { code, signal } = await run.ended;
    assert.equal(signal, 'SIGKILL', `the program had ended by itself (${code}):\n${run.log}`);
    this.live();
  }

  /** What of the folder is left when the power fails now. The server must have ended. */
  cut(random) {
    this.look();
    this.root = this.leftOf(this.root, random);
    for (const name of readdirSync(this.below)) rmSync(join(this.below, name), { recursive: true });
    this.write(this.root, this.below);
    this.files.clear();
    truncateSync(this.record);
    this.read = 0;
  }

  leftOf(folder, random) {
    const left = new Folder();
    for (const [name, what] of folder.cut(random)) {
      const bytes = () => (isMappedMemory(name) ? anyBytes(random) : what.cut(random));
      left.flushed.set(name, what instanceof Folder ? this.leftOf(what, random) : new File(bytes()));
    }
    left.all = new Map(left.flushed);
    return left;
  }

  write(folder, path) {
    for (const [name, what] of folder.all) {
      const there = join(path, name);
      if (what instanceof File) {
        writeFileSync(there, what.flushed.bytes, { mode: 0o600 });
      } else {
        mkdirSync(there, { mode: 0o700 });
        this.write(what, there);
      }
    }
  }

  /** The server was killed, and the power did not fail: nothing is lost, and as little flushed as before. */
  look() {
    this.readRecord(readFileSync(this.record));
    this.flushes.clear();
    this.assertComplete(this.root, this.below);
  }

  /** What was noted makes up exactly what is there: no call was missed. */
  assertComplete(folder, path) {
    assert.deepEqual(readdirSync(path).sort(), [...folder.all.keys()].sort(), path);
    for (const [name, what] of folder.all) {
      const there = join(path, name);
      if (what instanceof Folder) this.assertComplete(what, there);
      else if (!isMappedMemory(name)) {
        assert.ok(readFileSync(there).equals(what.all), `${there} is not what was noted`);
      }
    }
  }

  readRecord(bytes) {
    while (this.read < bytes.length) {
      const end = bytes.indexOf(10, this.read);
      const [what, ...words] = bytes.toString('utf8', this.read, end).split(' ');
      this.read = end + 1;
      if (what === 'write') {
        const written = bytes.subarray(this.read, this.read + Number(words[2]));
        this.read += written.length;
        this.files.get(words[0]).since.push({ at: Number(words[1]), written });
      } else {
        this.note(what, words);
      }
    }
  }

  note(what, [first, second]) {
    const change = (path, how) => this.folderOf(path).change((names) => how(names, path.split('/').at(-1)));
    switch (what) {
      case 'make': {
        const file = new File();
        this.files.set(first, file);
        return change(second, (names, name) => names.set(name, file));
      }
      case 'open': return this.files.set(first, this.find(second));
      case 'size': return this.files.get(first).since.push({ size: Number(second) });
      case 'folder': {
        const folder = new Folder();
        return change(first, (names, name) => names.set(name, folder));
      }
      case 'rename': {
        assert.equal(this.folderOf(first), this.folderOf(second), 'renamed into another folder');
        const moved = this.find(first);
        const old = first.split('/').at(-1);
        return change(second, (names, name) => {
          names.delete(old);
          names.set(name, moved);
        });
      }
      case 'link': {
        const linked = this.find(first);
        return change(second, (names, name) => names.set(name, linked));
      }
      case 'unlink': return change(first, (names, name) => names.delete(name));
      case 'flush': {
        const of = second.endsWith('/') ? this.find(second.slice(0, -1)) : this.files.get(second);
        return this.flushes.set(first, { of, mark: of.mark() });
      }
      case 'flushed': {
        const { of, mark } = this.flushes.get(first);
        return of.flush(mark);
      }
      default: assert.fail(`a note that is not known: ${what}`);
    }
  }

  find = (path) => path.split('/').filter((name) => name !== '').reduce((folder, name) => folder.all.get(name), this.root);
  folderOf = (path) => this.find(path.split('/').slice(0, -1).join('/'));
}
