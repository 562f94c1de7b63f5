import assert from 'node:assert/strict';
import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { makeCrowd } from '../crowd.ts';
import { addresses, type Lab } from '../lab.ts';
import { nmap } from '../nmap.ts';
import { cutPower } from '../power-cut.ts';
import type { Running } from '../process.ts';
import { LabSentry } from '../sentry.ts';

/** What is done to a database, and what the sentry says of it then. */
type Fault = {
  readonly what: string;
  readonly spoil: (path: string, random: () => number) => void | Promise<void>;
  /** Undefined: it may be that nobody can see it. */
  readonly says: RegExp | undefined;
  /** What stands before the command that starts the sentry. */
  readonly before?: (path: string) => readonly string[];
};

const execute = (sql: string) => (path: string) => {
  const database = new DatabaseSync(path);
  database.exec(sql);
  database.close();
};

const faults: readonly Fault[] = [
  {
    what: 'random bytes at random places',
    spoil(path, random) {
      const bytes = readFileSync(path);
      for (let place = 0; place < 32; place++)
        bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
      writeFileSync(path, bytes);
    },
    says: undefined,
  },
  {
    what: 'noise over a whole page',
    spoil(path) {
      const bytes = readFileSync(path);
      writeFileSync(path, bytes.fill(0xa5, bytes.length >> 1, (bytes.length >> 1) + 8192));
    },
    says: /was corrupt: it lies in .*\.corrupt-/,
  },
  {
    what: 'cut off at a random place',
    spoil: (path, random) => truncateSync(path, 2 + Math.floor(random() * (statSync(path).size / 2))),
    says: /was corrupt: it lies in .*\.corrupt-/,
  },
  {
    what: 'of a newer version',
    spoil: execute('PRAGMA user_version = 999'),
    says: /cannot be used: it is of a newer version/,
  },
  {
    what: 'the database of somebody else',
    spoil(path) {
      rmSync(path);
      execute('CREATE TABLE bookmarks (url TEXT)')(path);
    },
    says: /cannot be used: it is the database of another program/,
  },
  {
    what: 'no database at all',
    spoil: (path) => writeFileSync(path, 'ALL: 198.51.100.7 : DENY\n'.repeat(500)),
    says: /was corrupt: it lies in .*\.corrupt-/,
  },
  {
    what: 'on a file system that is read-only',
    spoil: () => undefined,
    says: /cannot be used: .*(read-only|readonly|EROFS)/i,
    before: (path) => [
      ...['unshare', '--mount', 'sh', '-c'],
      `mount --bind ${join(path, '..')} ${join(path, '..')} && mount -o remount,ro,bind ${join(path, '..')} && exec "$@"`,
      'sh',
    ],
  },
];

/** Holds the database as another sentry would, and says `ready`. */
const LOCK = `import { DatabaseSync } from 'node:sqlite';
  const database = new DatabaseSync(process.argv[1]);
  database.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  console.log('ready'); setInterval(() => undefined, 1000);`;

export type Amount = { readonly rounds: number; readonly random?: () => number };

/**
 * A database with a past is spoilt in all ways, and the sentry is started on it after each. It says what is wrong, finds and blocks
 * scans, lets nobody be blocked who was not, and ends well. In the end one is spoilt while a sentry has it open.
 */
export async function brokenMemory(lab: Lab, { rounds, random = Math.random }: Amount): Promise<number> {
  const { sentry: server } = addresses;
  const ways = faults.length + 3; // open elsewhere, and spoilt while it is open
  const crowd = await makeCrowd(lab, rounds * ways + 1, { isDirect: true });
  const directory = join(lab.directory, 'memory');
  mkdirSync(directory);
  const path = join(directory, 'memory.db');
  const sound = join(lab.directory, 'sound.db');
  const yaml = `
mode: enforce
rules: [{ name: scan, distinct_ports: 2, window: 1h, block_for: 1h }]
memory: { path: ${path} }
`;
  let scanners = 0;
  const past = new Set<string>();
  /** One more source scans, and is caught. */
  const scan = async (sentry: LabSentry): Promise<string> => {
    const scanner = crowd[scanners++]!;
    const from = ['-S', scanner, '-e', lab.scanner.interface, '--max-retries', '0'];
    await nmap(lab.scanner, ['-sS', ...from, '-p', '1-5', server.ipv4]);
    await sentry.waitForLine('the block', ({ event, source }) => event === 'blocked' && source === scanner);
    return scanner;
  };
  const first = await LabSentry.start(lab, yaml);
  past.add(await scan(first));
  for (let nth = 0; nth < 300; nth++) {
    const source = `203.0.${nth >> 8}.${nth & 255}`;
    await first.ask({
      command: 'block',
      source,
      durationMs: null,
      reason: 'a reason that takes some room '.repeat(3),
    });
    past.add(source);
  }
  await first.stop();
  copyFileSync(path, sound);
  const reset = () => {
    for (const name of readdirSync(directory)) rmSync(join(directory, name));
    copyFileSync(sound, path);
  };
  /** It works, whatever it has said of its memory; and ends. */
  const works = async (sentry: LabSentry, what: string, isKnown = true) => {
    const scanner = await scan(sentry);
    const found = await sentry.blocks();
    assert.ok(found.has(scanner), what);
    if (isKnown) {
      assert.deepEqual(
        [...found.keys()].filter((source) => source !== scanner && !past.has(source)),
        [],
        `${what}: nobody else`,
      );
    }
    await sentry.ask({ command: 'status' });
    await sentry.ask({ command: 'unblock', source: scanner });
  };

  for (let round = 0; round < rounds; round++) {
    for (const { what, spoil, says, before } of faults) {
      reset();
      await spoil(path, random);
      const sentry = await LabSentry.start(lab, yaml, [], before?.(path) ?? []);
      if (says) await sentry.waitForWarning(says);
      await works(sentry, what, says !== undefined); // a random byte may make another address of one
      assert.equal((await sentry.stop()).code, 0, what);
    }

    reset();
    const other: Running = lab.sentry.spawn(process.execPath, ['--input-type=module', '-e', LOCK, path]);
    await other.waitFor('the lock', () => other.stdout.includes('ready'));
    const beside = await LabSentry.start(lab, yaml);
    await beside.waitForWarning(/cannot be used: another program has it open/);
    await works(beside, 'open elsewhere');
    assert.equal((await beside.stop()).code, 0);
    await other.stop();

    reset();
    const sentry = await LabSentry.start(lab, yaml);
    assert.equal((await sentry.blocks()).size, past.size, 'of a sound one everything is there');
    writeFileSync(path, readFileSync(path).fill(0x5a, 100));
    await works(sentry, 'spoilt while it is open');
    await cutPower(lab, sentry);
    const next = await LabSentry.start(lab, yaml);
    await works(next, 'after one that was spoilt while it was open');
    await next.waitForWarning(/was corrupt: it lies in .*\.corrupt-/);
    assert.equal((await next.stop()).code, 0);
  }
  return scanners;
}
