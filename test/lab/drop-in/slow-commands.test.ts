/** Commands that take a minute, and many sources at once: the blocks do not wait for them, and each has its turn once. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseDocument } from 'yaml';
import { connectFromEach, makeCrowd } from '../../../scripts/lab/crowd.ts';
import { execute, request, start, stop, until } from '../../../scripts/lab/drop-in.ts';
import { COMMANDS, CONFIG, PortsentryHost } from '../../../scripts/lab/portsentry.ts';
import type { Finished, Running } from '../../../scripts/lab/process.ts';
import { needs } from '../../support/capability.ts';
import { configOf, DEFAULTS } from '../portsentry/case.ts';

const skip = needs('root', 'bpf', 'netns');
const SLEEP = 'sleep 60';
const CONF = configOf({
  ...DEFAULTS,
  BLOCK_TCP: '1',
  KILL_ROUTE: undefined,
  KILL_HOSTS_DENY: undefined,
  KILL_RUN_CMD: `echo $TARGET$ $(date +%s%N) >>${COMMANDS}; exec ${SLEEP}`,
});
const YAML = '/etc/xdpsentry.yaml';
const STOP_MS = 5_000;

/** Starts of commands so far, in their order. */
const begun = (host: PortsentryHost) =>
  host
    .read(COMMANDS)
    .split('\n')
    .slice(0, -1)
    .map((line) => {
      const [target, atNs] = line.split(' ');
      return { target: target!, atMs: Number(atNs) / 1e6 };
    });

const sleepers = ({ root }: PortsentryHost) => root.processes().filter(({ command }) => command === SLEEP);

/** Who stands in the lines that match, by the first address in each. */
const named = (host: PortsentryHost, pattern: RegExp) =>
  host
    .lines()
    .filter((line) => pattern.test(line))
    .map((line) => /\d+(\.\d+){3}/.exec(line)![0]);
const ENDED = /^adminalert: ERROR: For host \S+ the external command took too long and was ended: /;
const NOT_RUN = /^adminalert: ERROR: For host \S+ the external command never had its turn: /;

/** Has every one of `crowd` caught, and answers since when each is blocked. Their commands have hardly begun by then. */
async function catchAll(host: PortsentryHost, crowd: readonly string[]): Promise<Map<string, number>> {
  await connectFromEach(host.lab, crowd, 7);
  return await until(
    `${crowd.length} blocks`,
    async () => {
      const blocks = await request(host, 'blocks');
      return new Map(blocks.map((block) => [block.source, Date.parse(block.since)]));
    },
    (since) => since.size === crowd.length,
  );
}

/**
 * Answers a function that wakes sleeping commands until `count` have begun, of which the last `limit` go on sleeping. One that
 * begins while `limit` others sleep is one too many.
 */
function waker(host: PortsentryHost, limit: number): (count: number) => Promise<void> {
  const woken = new Set<number>();
  return async (count) => {
    await host.waitFor(`${count} commands`, () => {
      const known = begun(host).length;
      assert.ok(known <= woken.size + limit, `${known} have begun, and only ${woken.size} have ended`);
      if (known >= count) return true;
      for (const { pid } of sleepers(host).filter((sleeper) => !woken.has(sleeper.pid))) {
        if (woken.size === count - limit) break;
        woken.add(pid);
        process.kill(pid, 'SIGTERM');
      }
      return false;
    });
  };
}

/** Ends it while commands sleep; answers how it ended. */
async function stopInTime(host: PortsentryHost, running: Running): Promise<Finished> {
  const beforeMs = performance.now();
  const finished = await stop(host, running);
  const tookMs = performance.now() - beforeMs;
  assert.ok(tookMs < STOP_MS, `it takes ${tookMs} ms to stop`);
  return finished;
}

describe('commands that sleep for a minute', { skip, concurrency: true }, () => {
  test('500 sources, four commands at a time: all are blocked before, and each has its turn once', async () => {
    await using host = await PortsentryHost.create('ours', { [CONFIG]: CONF });
    const running = await start(host, 'portsentry', '-atcp');
    const crowd = await makeCrowd(host.lab, 500);

    const since = await catchAll(host, crowd);
    const { responses } = await request(host, 'status');
    assert.deepEqual(responses, { running: 4, waiting: 496 });
    const wakeUntil = waker(host, 4);
    for (let count = 20; count <= 500; count += 20) await wakeUntil(count);
    const starts = begun(host);
    assert.deepEqual(starts.map(({ target }) => target).toSorted(), crowd.toSorted());
    for (const { target, atMs } of starts)
      assert.ok(since.get(target)! <= atMs, `${target} is blocked before`);

    const { code, stderr } = await stopInTime(host, running);
    assert.equal(code, 0, stderr);
    assert.equal(new Set(named(host, ENDED)).size, 4);
    assert.deepEqual(sleepers(host), []);
  });

  test('sixteen at a time, by the migrated YAML: who has no turn before the end is named', async () => {
    await using host = await PortsentryHost.create('ours', { [CONFIG]: CONF });
    const yaml = parseDocument(await execute(host, 'migrate', '-c', CONFIG, '--modes', 'atcp'));
    yaml.setIn(['responses', 'concurrency'], 16);
    host.write(YAML, String(yaml));
    const running = await start(host, 'run', '-c', YAML);
    const crowd = await makeCrowd(host.lab, 120);

    await catchAll(host, crowd);
    await waker(host, 16)(40);
    await stopInTime(host, running);
    const starts = begun(host).map(({ target }) => target);
    const notRun = named(host, NOT_RUN);
    assert.deepEqual([...starts, ...notRun].toSorted(), crowd.toSorted());
    assert.equal(named(host, ENDED).length, 16);
  });
});
