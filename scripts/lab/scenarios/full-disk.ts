import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HistoryEntry } from '../../../src/control/protocol.ts';
import { makeCrowd } from '../crowd.ts';
import { addresses, type Lab } from '../lab.ts';
import { nmap } from '../nmap.ts';
import { LabSentry, metricValue } from '../sentry.ts';
import { waitUntil } from '../wait.ts';

const SERVE = new URL('../serve-file.ts', import.meta.url).pathname;
const LIST_PORT = 8731;
const LISTED = '203.0.113.0/24';
/** The memory is tried again every 30 s, and a list comes again after a minute. */
const RETRY_MS = 120_000;
/** Fills what there is, and lets nothing be said of it. */
const FILL = 'head -c 64m /dev/zero >ballast 2>/dev/null || true';

export type Amount = {
  /** Times that the disk is full and has room again. */
  readonly rounds: number;
  /** Sources that scan while it is full, each time: six write more into the log than the rest of a page may take. */
  readonly scanners: number;
  /** Whether to wait for the list's next refresh, a minute, for its copy. */
  readonly waitsForCopy: boolean;
};

export type Survived = { readonly blocked: number; readonly lostLines: number; readonly lostRows: number };

/**
 * Database, log, blocked file, history and the copies of lists are on a disk of their own that is full, at the start and again and again. It is
 * told of, what is lost is counted, and every scan is found and blocked meanwhile. When there is room again all is written that can be.
 */
export async function fullDisk(lab: Lab, { rounds, scanners, waitsForCopy }: Amount): Promise<Survived> {
  const { sentry: server } = addresses;
  const crowd = await makeCrowd(lab, rounds * scanners, { isDirect: true });
  const list = join(lab.directory, 'list.txt');
  writeFileSync(list, `${LISTED}\n`);
  const web = lab.sentry.spawn(process.execPath, [SERVE, String(LIST_PORT), list]);
  await web.waitFor('the server of the list', () => web.stdout.includes('ready'));

  const disk = join(lab.directory, 'disk');
  const mount = `mkdir ${disk} && mount -t tmpfs -o size=1m none ${disk} && cd ${disk} && ${FILL}; exec "$@"`;
  const yaml = `
mode: enforce
rules: [{ name: scan, distinct_ports: 2, window: 1h, block_for: 1h }]
lists: [{ name: drop, url: "http://127.0.0.1:${LIST_PORT}/", refresh: 1m }]
list_cache: ${disk}
memory: { path: ${disk}/memory.db }
log: { to: [stdout, ${disk}/sentry.log] }
portsentry: { style: "1.2", tcp_mode: atcp, history: ${disk}/history, blocked: ${disk}/blocked }
`;
  const sentry = await LabSentry.start(lab, yaml, [], ['unshare', '--mount', 'sh', '-c', mount, 'sh']);
  /** A file of that disk, as it is seen from outside. */
  const there = (name: string) => join(`/proc/${sentry.pid}/root`, disk, name);
  const read = (name: string) => (existsSync(there(name)) ? readFileSync(there(name), 'utf8') : '');
  const fill = () => {
    const bytes = new Uint8Array(4096);
    try {
      for (;;) writeFileSync(there('ballast'), bytes, { flag: 'a' });
    } catch (error) {
      assert.equal((error as NodeJS.ErrnoException).code, 'ENOSPC');
    }
  };
  const lost = async (reason: string) =>
    metricValue(await sentry.metrics(), `xdpsentry_events_lost_total{reason="${reason}"}`);
  const isWritten = (what: string, is: () => boolean) =>
    waitUntil(`${what} is written to again`, async () => is(), RETRY_MS);
  const says = (count: number, words: RegExp, text: () => string) =>
    sentry.waitFor(String(words), () => [...text().matchAll(words)].length >= count, RETRY_MS);

  const blocked: string[] = [];
  for (let round = 0; round < rounds; round++) {
    if (round > 0) fill();
    const linesBefore = await lost('log_line');
    for (const scanner of crowd.slice(round * scanners, (round + 1) * scanners)) {
      const from = ['-S', scanner, '-e', lab.scanner.interface, '--max-retries', '0'];
      await nmap(lab.scanner, ['-sS', ...from, '-p', '1-5', server.ipv4]);
      await sentry.waitForLine('the block', ({ event, source }) => event === 'blocked' && source === scanner);
      blocked.push(scanner);
    }
    const full = (words: string) => new RegExp(words, 'g');
    await says(round + 1, full('memory\\.db cannot be used: .*full'), () => sentry.warnings.join('\n'));
    await says(
      round + 1,
      full('/sentry\\.log takes no lines, and loses them: .*ENOSPC'),
      () => sentry.complaints,
    );
    if (round === 0) {
      // Later they have some room in the page that is theirs already.
      await says(1, full('/blocked\\.atcp cannot be written: .*ENOSPC'), () => sentry.warnings.join('\n'));
      await says(1, full('/history takes no lines, and loses them: .*ENOSPC'), () =>
        sentry.warnings.join('\n'),
      );
      assert.ok((await lost('file_line')) > 0);
    }
    assert.ok((await lost('log_line')) > linesBefore);
    assert.match((await sentry.ask({ command: 'status' })).memory?.error ?? '', /full/);
    const found = await sentry.blocks();
    assert.deepEqual(
      blocked.filter((source) => !found.has(source)),
      [],
    );
    if (round === 0) {
      const [drop] = await sentry.ask({ command: 'lists' });
      assert.equal(drop?.state, 'enforced');
      assert.equal(drop.facts?.ipv4, 1);
      await sentry.waitForWarning(/no copy of it is kept .* the disk is full/);
    }

    rmSync(there('ballast'));
    await says(round + 1, full('memory\\.db is written to again'), () => sentry.warnings.join('\n'));
    await isWritten('the blocked file', () =>
      blocked.every((source) => read('blocked.atcp').includes(` Host: ${source}/`)),
    );
    // The next line that there is to write tells that they are written again.
    await sentry.ask({ command: 'block', source: '192.0.2.1', durationMs: 60_000, reason: null });
    await sentry.ask({ command: 'unblock', source: '192.0.2.1' });
    await says(round + 1, full('/sentry\\.log takes lines again'), () => sentry.complaints);
    assert.equal((await sentry.ask({ command: 'status' })).memory?.error, null);
  }
  // A log is never made shorter: what fitted of a line that did not fit as a whole stays, and has an end of its own.
  const torn = read('sentry.log')
    .trimEnd()
    .split('\n')
    .filter((line) => !isJson(line));
  assert.ok(torn.length <= rounds, `half lines in the log:\n${torn.join('\n')}`);
  const query = { command: 'history', source: null, sinceMs: null, limit: 10_000 } as const;
  const history: readonly HistoryEntry[] = await sentry.ask(query);
  const told = new Set(history.flatMap(({ event, source }) => (event === 'blocked' ? [source] : [])));
  assert.deepEqual(
    blocked.filter((source) => !told.has(source)),
    [],
    'the memory has what happened meanwhile',
  );
  if (waitsForCopy) await isWritten('the copy of the list', () => read('drop').includes(LISTED));

  const survived = {
    blocked: blocked.length,
    lostLines: await lost('log_line'),
    lostRows: await lost('memory_row'),
  };
  assert.equal((await sentry.stop()).code, 0);
  await web.stop();
  return survived;
}

function isJson(line: string): boolean {
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false;
  }
}
