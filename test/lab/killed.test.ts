/** The sentry is killed (SIGKILL): what it has put into the kernel goes on, and the next one finds it. */
import assert from 'node:assert/strict';
import { readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { datagramsForNobody, packetsSent } from '../../scripts/lab/counts.ts';
import { addresses, Lab } from '../../scripts/lab/lab.ts';
import { nmap } from '../../scripts/lab/nmap.ts';
import type { Running } from '../../scripts/lab/process.ts';
import { LabSentry, type LogLine } from '../../scripts/lab/sentry.ts';
import { waitUntil } from '../../scripts/lab/wait.ts';
import type { BlockEntry, Status } from '../../src/control/protocol.ts';
import { needs } from '../support/capability.ts';

const MAIN = new URL('../../src/main.ts', import.meta.url).pathname;
const PESTER = new URL('../../scripts/lab/pester.ts', import.meta.url).pathname;
const { sentry: server, scanner, client } = addresses;
const CLIENT6 = '2001:db8:0:20::/64';
/** Nobody serves it and it is not monitored: what gets there is counted by the network stack. */
const PORT = 5000;
const ENFORCE = 'mode: enforce\n';

const skip = needs('root', 'bpf', 'netns', 'bpffs');

describe('a sentry that is killed', { skip }, () => {
  let lab: Lab;
  beforeEach(async () => {
    lab = await Lab.create();
  });
  afterEach(async () => {
    await lab?.dispose();
  });

  const passed = () => datagramsForNobody(lab.sentry);
  /** Datagrams of both families from the client, ten thousand a second if it can, until they are ended. */
  const pester = async (): Promise<Running[]> =>
    await Promise.all(
      (['ipv4', 'ipv6'] as const).map(async (family) => {
        const args = [client[family], server[family], String(PORT), '5'];
        const running = lab.scanner.spawn(process.execPath, [PESTER, ...args]);
        await running.waitFor('the stream', () => running.stdout.includes('ready'));
        return running;
      }),
    );
  const moreAreSent = async () => {
    const before = await packetsSent(lab.scanner);
    await waitUntil('more packets are sent', async () => (await packetsSent(lab.scanner)) > before + 2000);
  };
  const moreGetThrough = async () => {
    const before = await passed();
    await waitUntil('packets get through', async () => (await passed()) > before);
  };
  const blocksOf = async (sentry: LabSentry) => {
    const entries = await sentry.command<BlockEntry[]>('blocks');
    return new Map(entries.map((entry) => [entry.source, entry]));
  };
  const warnings = (sentry: LabSentry) =>
    sentry.lines().flatMap(({ event, text }) => (event === 'warning' ? [String(text)] : []));
  const xdp = async () => {
    const { stdout } = await lab.sentry.execute('ip', ['-json', 'link', 'show', lab.sentry.interface]);
    return (JSON.parse(stdout) as [{ xdp?: { mode: number; prog: { id: number } } }])[0].xdp;
  };

  test('keeps out whom it has blocked: while it is dead, and as the next one takes its place', async () => {
    const first = await LabSentry.start(lab, ENFORCE);
    await pester();
    await moreGetThrough();
    await first.command('block', client.ipv4, '--for', '1h', '--reason', 'a test');
    await first.command('block', CLIENT6);
    const before = await waitUntil('both blocks drop packets', async () => {
      const blocks = await blocksOf(first);
      return [...blocks.values()].every(({ packets }) => packets > 0) && blocks;
    });
    const passedBefore = await passed();
    await first.die();
    await moreAreSent();
    assert.equal((await passed()) - passedBefore, 0, 'nothing got through while it was dead');
    for (const asked of [['status'], ['blocks'], ['unblock', client.ipv4]]) {
      const program = `on ${lab.sentry.interface} there is the program of process ${first.pid}: it goes on dropping`;
      const line = [MAIN, ...asked, '--socket', join(lab.directory, 'control.sock')];
      const { code, stderr } = await lab.sentry.spawn(process.execPath, line).finished;
      assert.equal(code, 4);
      assert.match(stderr, new RegExp(program), 'whoever asks hears of that');
    }

    const second = await LabSentry.start(lab, ENFORCE);
    await moreAreSent();
    const after = await blocksOf(second);
    assert.equal((await passed()) - passedBefore, 0, 'nor as the next one started');

    assert.deepEqual([...after.keys()].sort(), [client.ipv4, CLIENT6].sort());
    for (const [source, { packets, until, origin, reason }] of after) {
      const old = before.get(source)!;
      assert.ok(packets > old.packets, 'its counts go on');
      assert.deepEqual([until?.slice(0, 19), origin], [old.until?.slice(0, 19), 'operator']);
      assert.equal(reason, 'from before this start');
    }
    assert.deepEqual(warnings(second), [
      `took over from the sentry before, process ${first.pid}; its blocks that go on: 2`,
    ]);
    await second.command('unblock', client.ipv4);
    await moreGetThrough();
    assert.equal((await second.stop()).code, 0);
    assert.deepEqual(lab.pins(), [], 'one that is stopped leaves nothing');
    assert.equal(await xdp(), undefined);
  });

  test('lets blocks end on time, and the next one does not bring them back', async () => {
    const first = await LabSentry.start(lab, ENFORCE);
    await pester();
    await first.command('block', CLIENT6, '--for', '1h');
    const { until } = await first.command<BlockEntry>('block', client.ipv4, '--for', '6s');
    await first.die();
    const before = await passed();
    await waitUntil('packets get through', async () => (await passed()) > before);
    assert.ok(Date.now() >= Date.parse(until!) - 1, 'not before its end');
    const second = await LabSentry.start(lab, ENFORCE);
    assert.deepEqual([...(await blocksOf(second)).keys()], [CLIENT6]);
  });

  test('goes on when the next one cannot start', async () => {
    const first = await LabSentry.start(lab, ENFORCE);
    await first.command('block', client.ipv4);
    const old = await xdp();
    await first.die();
    const listen = "require('net').createServer().listen(9731, '127.0.0.1', () => console.log('ready'))";
    const taken = lab.sentry.spawn(process.execPath, ['-e', listen]);
    await taken.waitFor('the other server', () => taken.stdout.includes('ready'));
    await assert.rejects(LabSentry.start(lab, ENFORCE), /another program listens there/);
    assert.deepEqual(await xdp(), old);
    await taken.stop();
    const second = await LabSentry.start(lab, ENFORCE);
    assert.deepEqual([...(await blocksOf(second)).keys()], [client.ipv4]);
  });

  test('is replaced by one that observes: blocks by hand go on, those of rules end', async () => {
    const policy = 'mode: enforce\nrules:\n  - { name: any, distinct_ports: 1, window: 1m, block_for: 1h }\n';
    const first = await LabSentry.start(lab, policy);
    await first.command('block', CLIENT6);
    await nmap(lab.scanner, ['-sS', '-p', '1', '--max-retries', '0', server.ipv4]);
    await waitUntil('the rule blocks', async () => (await blocksOf(first)).has(scanner.ipv4));
    const old = await xdp();
    await first.die();
    const second = await LabSentry.start(lab, 'mode: observe\n');
    assert.deepEqual([...(await blocksOf(second)).keys()], [CLIENT6]);
    assert.notEqual((await xdp())?.prog.id, old?.prog.id);
    assert.match(warnings(second).join('\n'), new RegExp(`process ${first.pid}; its blocks that go on: 1`));
    const { stdout } = await lab.scanner.execute('ping', ['-c', '1', '-I', scanner.ipv4, server.ipv4]);
    assert.match(stdout, /1 received/);
  });

  test('is replaced in another mode too, with a word on the moment between', async () => {
    const first = await LabSentry.start(lab, `${ENFORCE}attach: generic\n`);
    await first.command('block', client.ipv4);
    await first.die();
    const second = await LabSentry.start(lab, `${ENFORCE}attach: native\n`);
    assert.deepEqual([...(await blocksOf(second)).keys()], [client.ipv4]);
    assert.equal((await second.command<Status>('status')).interfaces[0]?.xdp, 'native');
    assert.match(warnings(second).join('\n'), /in one step: it was attached in generic mode; for a moment/);
    await second.stop();
    assert.deepEqual(lab.pins(), []);
    assert.equal(await xdp(), undefined);
  });

  for (const { version, what, goesOn, says } of [
    {
      version: /^v\d+/,
      what: 'of another version',
      goesOn: [client.ipv4],
      says: /that were not blocked and its counts do not go on: it was of another version/,
    },
    {
      version: /^v\d+b\d+/,
      what: 'of a version with other blocks',
      goesOn: [],
      says: /its blocks do not go on.*: they are of another version/,
    },
  ]) {
    test(`${what} is replaced, and says what does not go on`, async () => {
      const first = await LabSentry.start(lab, ENFORCE);
      await first.command('block', client.ipv4);
      await first.die();
      const place = lab.pins()[0]!;
      const [name] = readdirSync(place);
      const other = name!.replace(version, (it) => it.replaceAll(/\d+/g, '0'));
      renameSync(join(place, name!), join(place, other));
      const second = await LabSentry.start(lab, ENFORCE);
      assert.deepEqual([...(await blocksOf(second)).keys()], goesOn);
      assert.match(warnings(second).join('\n'), says);
      await second.stop();
      assert.deepEqual(lab.pins(), []);
    });
  }

  test('has more blocks than the next one has room for: as many as fit go on, and the others are told of', async () => {
    const first = await LabSentry.start(lab, ENFORCE);
    for (const host of [1, 2, 3]) await first.command('block', `198.18.0.${host}`);
    await first.die();
    const second = await LabSentry.start(lab, `${ENFORCE}tables: { blocks: 2 }\n`);
    assert.equal((await blocksOf(second)).size, 2);
    assert.match(warnings(second).join('\n'), /its blocks that go on: 2\n.*no room and ended: 1;/);
  });

  test('on an interface that goes then leaves nothing for good', async () => {
    const add = (name: string) =>
      lab.sentry.execute('ip', ['link', 'add', name, 'type', 'veth', 'peer', 'name', `${name}p`]);
    await add('xsgone.1');
    const first = await LabSentry.start(lab, ENFORCE, ['--interface', 'xsgone.1']);
    assert.equal(lab.pins().length, 1);
    await first.die();
    await lab.sentry.execute('ip', ['link', 'delete', 'xsgone.1']);
    await add('xsgone.1');
    const second = await LabSentry.start(lab, ENFORCE, ['--interface', 'xsgone.1']);
    assert.deepEqual(warnings(second), []);
    assert.equal(readdirSync(lab.pins()[0]!).length, 1);
    await second.stop();
    assert.deepEqual(lab.pins(), []);
  });

  test('is not one that lives: a second one beside it is refused, whatever its socket', async () => {
    const first = await LabSentry.start(lab, ENFORCE);
    const config = join(lab.directory, 'xdpsentry.yaml'); // the first one's
    const socket = join(lab.directory, 'second.sock');
    const args = ['run', '-c', config, '--interface', lab.sentry.interface, '--socket', socket];
    const { code, stderr } = await lab.sentry.spawn(process.execPath, [MAIN, ...args]).finished;
    assert.equal(code, 3);
    assert.match(stderr, new RegExp(`another sentry, process ${first.pid}`));
    assert.equal(readdirSync(lab.pins()[0]!).length, 1, 'and leaves no pins of its own');
    assert.equal((await first.command<Status>('status')).interfaces[0]?.xdp, 'native');
  });

  test('takes its program with it where nothing can be pinned, and has said so', async () => {
    const unmounted = ['unshare', '--mount', 'sh', '-c', 'umount /sys/fs/bpf && exec "$@"', 'sh'];
    const first = await LabSentry.start(lab, ENFORCE, [], unmounted);
    const remark = (line: LogLine) =>
      line.event === 'warning' &&
      String(line['text']).includes('no BPF file system is mounted at /sys/fs/bpf');
    const { text } = await first.waitForLine('the remark', remark);
    assert.match(String(text), /should the sentry end.*`mount -t bpf bpf \/sys\/fs\/bpf`/);
    await first.die();
    await waitUntil('the program has gone', async () => (await xdp()) === undefined);
  });
});
