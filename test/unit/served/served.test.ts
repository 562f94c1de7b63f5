import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { SentryEvent } from '../../../src/report/event.ts';
import { noPorts } from '../../../src/served/findings.ts';
import type { Forwarded } from '../../../src/served/forwarded.ts';
import { Served } from '../../../src/served/served.ts';
import { PortSet, parsePorts } from '../../../src/values/ports.ts';

type Machine = { tcp: string; sctp: number[]; unread: string[]; failures: string[]; isForwarding: boolean };

/** What is served on a machine that the test changes, by a clock that the test turns. */
function makeServed() {
  const machine: Machine = { tcp: '', sctp: [], unread: [], failures: [], isForwarding: true };
  const given: string[] = [];
  const told: SentryEvent[] = [];
  let [nowMs, looks, tookMs] = [0, 0, 5];
  const served = new Served({
    setServed: ({ tcp, sctp }) => void given.push(`tcp ${tcp} sctp ${sctp}`),
    sctpPorts: () => PortSet.of(machine.sctp),
    async readForwarded(): Promise<Forwarded> {
      looks++;
      nowMs += tookMs;
      const { tcp, unread, failures } = machine;
      return { ports: { ...noPorts(), tcp: parsePorts(tcp) }, unread, failures };
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
    machine.tcp = '80,443';
    await pass(0);
    assert.deepEqual(given, ['tcp 80,443 sctp ']);
    assert.deepEqual(told, [{ event: 'forwarded', tcp: '80,443', udp: '', sctp: '' }]);
    await pass(20_000);
    assert.deepEqual([given.length, told.length], [1, 1]);
    machine.tcp = '';
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
    machine.tcp = '80';
    await pass(1_000);
    assert.deepEqual([given.at(-1), looks()], ['tcp  sctp 3868', 1]);
    machine.sctp = [];
    await pass(9_000);
    assert.deepEqual([given.at(-1), looks()], ['tcp 80 sctp ', 2]);
  });

  test('a look that takes long is followed by a longer pause', async () => {
    const { looks, pass, take } = makeServed();
    take(1_000);
    await pass(0);
    await pass(99_000);
    assert.equal(looks(), 1);
    await pass(1_000);
    assert.equal(looks(), 2);
  });

  test('who asks for it gets a look at once, and two at a time are one', async () => {
    const { served, looks, pass } = makeServed();
    await pass(0);
    await Promise.all([served.lookNow(), served.lookNow()]);
    assert.equal(looks(), 2);
  });

  test('what cannot be asked for now stays as it was, and is told of once', async () => {
    const { machine, given, told, pass } = makeServed();
    machine.tcp = '80';
    await pass(0);
    Object.assign(machine, { tcp: '', failures: ['nft: took longer than 5 s'] });
    await pass(20_000);
    await pass(20_000);
    assert.deepEqual(given, ['tcp 80 sctp ']);
    const texts = told.flatMap((it) => (it.event === 'warning' ? it.text : []));
    assert.equal(texts.length, 1);
    assert.match(texts[0]!, /nft: took longer than 5 s.*monitor\.tcp\.except/);
  });

  test('on a host that forwards no packets nobody needs to know that', async () => {
    const { machine, told, pass } = makeServed();
    Object.assign(machine, { failures: ['there is no nft'], isForwarding: false });
    await pass(0);
    assert.deepEqual(told, []);
  });

  test('rules that nobody can read are told of, with how many and the first', async () => {
    const { machine, told, pass } = makeServed();
    Object.assign(machine, { unread: ['-A PREROUTING -j DNAT', 'another'], isForwarding: false });
    await pass(0);
    assert.match(
      (told[0] as { text: string }).text,
      /which ports: 2, the first of them: -A PREROUTING -j DNAT;/,
    );
  });
});
