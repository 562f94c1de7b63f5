import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { SentryEvent } from '../../../src/report/event.ts';
import { noPorts } from '../../../src/served/findings.ts';
import type { Forwarded } from '../../../src/served/forwarded.ts';
import { Served } from '../../../src/served/served.ts';
import { PortSet, parsePorts } from '../../../src/values/ports.ts';

type Machine = {
  /** TCP ports that each tool tells of; null: it fails. */
  tools: Record<string, string | null>;
  sctp: number[];
  unread: string[];
  isForwarding: boolean;
};

/** What is served on a machine that the test changes, by a clock that the test turns. */
function makeServed(before = '') {
  const machine: Machine = { tools: { nft: '' }, sctp: [], unread: [], isForwarding: true };
  const given: string[] = [];
  const told: SentryEvent[] = [];
  let [nowMs, looks, tookMs] = [0, 0, 5];
  const served = new Served({
    setServed: ({ tcp, sctp }) => void given.push(`tcp ${tcp} sctp ${sctp}`),
    before: { tcp: parsePorts(before) },
    sctpPorts: () => PortSet.of(machine.sctp),
    async readForwarded(): Promise<Forwarded> {
      looks++;
      nowMs += tookMs;
      const tools = Object.entries(machine.tools);
      const unanswered = tools.flatMap(([tool, tcp]) => (tcp === null ? [tool] : []));
      const told = tools.flatMap(([tool, tcp]) => (tcp === null ? [] : [[tool, parsePorts(tcp)] as const]));
      const { unread } = machine;
      return {
        found: new Map(told.map(([tool, tcp]) => [tool, { ports: { ...noPorts(), tcp }, unread }])),
        unanswered,
        failures: unanswered.map((tool) => `${tool}: took longer than 5 s`),
      };
    },
    isForwarding: () => machine.isForwarding,
    tell: (event) => void told.push(event),
    nowMs: () => nowMs,
  });
  return {
    served,
    machine,
    given,
    told,
    looks: () => looks,
    take: (ms: number) => {
      tookMs = ms;
    },
    pass: async (ms: number) => {
      nowMs += ms;
      await served.look();
    },
  };
}

describe('ports that are served without a socket', () => {
  test('are handed on, and told of when they are others', async () => {
    const { machine, given, told, pass } = makeServed();
    machine.tools = { nft: '80,443' };
    await pass(0);
    assert.deepEqual(given, ['tcp 80,443 sctp ']);
    assert.deepEqual(told, [{ event: 'forwarded', tcp: '80,443', udp: '', sctp: '' }]);
    await pass(20_000);
    assert.deepEqual([given.length, told.length], [1, 1]);
    machine.tools = { nft: '' };
    await pass(20_000);
    assert.deepEqual(given.at(-1), 'tcp  sctp ');
    assert.deepEqual(told.at(-1), { event: 'forwarded', tcp: '', udp: '', sctp: '' });
  });

  test('where none is, nothing is told', async () => {
    const { told, pass } = makeServed();
    await pass(0);
    assert.deepEqual(told, []);
  });

  test('of SCTP are looked at each time, what is forwarded every ten seconds', async () => {
    const { machine, given, looks, pass } = makeServed();
    await pass(0);
    machine.sctp = [3868];
    machine.tools = { nft: '80' };
    await pass(1_000);
    assert.deepEqual([given.at(-1), looks()], ['tcp  sctp 3868', 1]);
    machine.sctp = [];
    await pass(9_000);
    assert.deepEqual([given.at(-1), looks()], ['tcp 80 sctp ', 2]);
  });

  test('a look that takes long is followed by a longer pause, of a minute at most', async () => {
    const { looks, pass, take } = makeServed();
    take(300);
    await pass(0);
    await pass(29_000);
    assert.equal(looks(), 1);
    take(5_000);
    await pass(1_000);
    assert.equal(looks(), 2);
    await pass(59_000);
    assert.equal(looks(), 2);
    await pass(1_000);
    assert.equal(looks(), 3);
  });

  test('a look that fails is followed by another one soon, then more and more slowly', async () => {
    const { machine, looks, pass, take } = makeServed();
    take(5_000);
    machine.tools = { nft: null };
    const pauses: number[] = [];
    await pass(0);
    while (pauses.length < 5) {
      const before = looks();
      let seconds = 0;
      for (; looks() === before; seconds++) await pass(1_000);
      pauses.push(seconds);
    }
    assert.deepEqual(pauses, [10, 20, 40, 60, 60]);
  });

  test('a tool that only says no is asked every ten seconds', async () => {
    const { machine, looks, pass } = makeServed();
    machine.tools = { 'iptables-legacy-save': null };
    for (let look = 1; look <= 20; look++) {
      await pass(10_000);
      assert.equal(looks(), look);
    }
  });

  test('who asks for it gets a look at once, and two at a time are one', async () => {
    const { served, looks, pass } = makeServed();
    await pass(0);
    await Promise.all([served.lookNow(), served.lookNow()]);
    assert.equal(looks(), 2);
  });

  test('what cannot be asked for now stays as it was, and is told of once', async () => {
    const { machine, given, told, pass } = makeServed();
    machine.tools = { nft: '80' };
    await pass(0);
    machine.tools = { nft: null };
    await pass(20_000);
    await pass(20_000);
    assert.deepEqual(given, ['tcp 80 sctp ']);
    const texts = told.flatMap((it) => (it.event === 'warning' ? it.text : []));
    assert.equal(texts.length, 1);
    assert.match(texts[0]!, /nft: took longer than 5 s.*monitor\.tcp\.except/);
  });

  test('a tool that fails keeps nothing of the others', async () => {
    const { machine, given, pass } = makeServed();
    machine.tools = { nft: '80', 'iptables-nft-save': '8080', 'iptables-legacy-save': null };
    await pass(0);
    machine.tools = { nft: '', 'iptables-nft-save': null, 'iptables-legacy-save': null };
    await pass(60_000);
    assert.deepEqual(given, ['tcp 80,8080 sctp ', 'tcp 8080 sctp ']);
    machine.tools = { nft: '443', 'iptables-legacy-save': null };
    await pass(60_000);
    assert.equal(given.at(-1), 'tcp 443 sctp ', 'what is not to be asked any more has nothing');
  });

  describe('of the sentry before', () => {
    test('count until the first answer', async () => {
      const { machine, given, told, pass } = makeServed('8001-8005');
      machine.tools = { nft: null };
      await pass(0);
      assert.deepEqual(given, ['tcp 8001-8005 sctp ']);
      assert.deepEqual(told[0], { event: 'forwarded', tcp: '8001-8005', udp: '', sctp: '' });
      machine.tools = { nft: '8001' };
      await pass(60_000);
      assert.equal(given.at(-1), 'tcp 8001 sctp ');
      machine.tools = { nft: '', 'iptables-nft-save': null };
      await pass(60_000);
      assert.equal(given.at(-1), 'tcp  sctp ', 'and never again');
    });

    test('count for nothing where the first look succeeds', async () => {
      const { given, pass } = makeServed('8001-8005');
      await pass(0);
      assert.deepEqual(given, ['tcp  sctp ']);
    });

    test('do not count for ever where a tool never answers', async () => {
      const { machine, given, pass } = makeServed('8001-8005');
      machine.tools = { nft: '80', 'iptables-legacy-save': null };
      await pass(0);
      assert.equal(given.at(-1), 'tcp 80,8001-8005 sctp ');
      await pass(600_000);
      assert.equal(given.at(-1), 'tcp 80 sctp ');
    });
  });

  test('on a host that forwards no packets nobody needs to know that', async () => {
    const { machine, told, pass } = makeServed();
    Object.assign(machine, { tools: { nft: null }, isForwarding: false });
    await pass(0);
    assert.deepEqual(told, []);
  });

  test('rules that nobody can read are told of, with how many and the first', async () => {
    const { machine, told, pass } = makeServed();
    Object.assign(machine, { unread: ['-A PREROUTING -j DNAT', 'another'], isForwarding: false });
    await pass(0);
    assert.match(
      (told[0] as { text: string }).text,
      /which ports, or for whom: 2, the first of them: -A PREROUTING -j DNAT;/,
    );
  });
});
