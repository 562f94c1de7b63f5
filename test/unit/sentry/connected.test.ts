/** Sources that hold a TCP connection: what may be forged is not held against them. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { makeSentry, prefix, SCANNER } from './make-sentry.ts';

const WHY = 'it holds a TCP connection to this host, and its probes may be forged';
const policy = (more: string) => `mode: enforce\nrules: [{ name: scan, ${more} }]`;
const EACH = 'probes: 1, window: forever, again: probe';

function make(more: string) {
  const connected = new Set([SCANNER]);
  return { ...makeSentry(policy(more), { connected }), connected };
}

describe('a source that holds a connection', () => {
  for (const action of ['block', 'command'] as const) {
    test(`is not answered by ${action} for a SYN; once the connection has ended, it is`, () => {
      const { see, connected } = make(`${EACH}, action: ${action}`);
      assert.deepEqual(see(), ['alert scan: guarded']);
      connected.clear();
      assert.equal(see()[0], `alert scan: ${action}`);
    });
    test(`is answered by ${action} for a connection to a trap`, () => {
      const { see } = make(`${EACH}, kinds: [connect], action: ${action}`);
      assert.equal(see({ kind: 'connect' })[0], `alert scan: ${action}`);
    });
  }

  test('is not answered for a datagram to a trap', () => {
    const { see } = make(`${EACH}, kinds: [connect]`);
    assert.deepEqual(see({ kind: 'connect', protocol: 'udp' }), ['alert scan: guarded']);
  });

  test('is not answered for one connection among probes that may be forged', () => {
    const { see } = make('distinct_ports: 3, window: 60s, kinds: [syn, connect]');
    see({ port: 1 });
    see({ port: 2 });
    assert.deepEqual(see({ port: 3, kind: 'connect' }), ['alert scan: guarded']);
  });

  test('is told of with the reason', () => {
    const { sentry, told, see } = make(EACH);
    see();
    see();
    assert.equal(sentry.alerts, 2);
    assert.deepEqual(told, []);
    const tellsWhy = makeSentry(policy(EACH), { connected: new Set([SCANNER]), onTell: () => undefined });
    const events: unknown[] = [];
    tellsWhy.told.push = (event) => events.push('objection' in event ? event.objection : undefined);
    tellsWhy.see();
    assert.deepEqual(events, [WHY]);
  });

  test('that the kernel has blocked, for it knows of connections a moment later, is let in with the event', () => {
    const { see, dataPlane, blocks, reactions } = make('instant: true');
    dataPlane.blockInstantly(prefix(SCANNER), 0, undefined);
    const decided = { instantBlock: { rule: 0, inForceNs: dataPlane.nowNs() + 500 } };
    assert.deepEqual(see(decided), ['alert scan: guarded']);
    assert.equal(dataPlane.readBlock(prefix(SCANNER)), undefined);
    assert.deepEqual([[...blocks], reactions], [[], []]);
  });

  test('that turns out to hold one is let in, and its rules begin anew', () => {
    const { see, take, blocks, connected, dataPlane } = make('instant: true, block_for: 1h');
    connected.clear();
    assert.equal(see()[0], 'alert scan: block');
    assert.equal(blocks.reconsider(prefix(SCANNER)), undefined);
    connected.add(SCANNER);
    assert.equal(blocks.reconsider(prefix(SCANNER)), WHY);
    assert.deepEqual(take(), [`unblocked ${SCANNER} guarded`]);
    assert.ok(dataPlane.forgotten.includes(SCANNER));
    dataPlane.advance(1e6);
    assert.deepEqual(see(), ['alert scan: guarded']);
  });

  test('stays out when an operator has blocked it, or what speaks against it cannot be forged', () => {
    const { see, blocks, connected } = make(`${EACH}, kinds: [connect]`);
    blocks.add({ prefix: prefix(SCANNER), origin: 'operator', reason: 'a test', durationMs: undefined });
    assert.equal(blocks.reconsider(prefix(SCANNER)), undefined);
    blocks.lift(prefix(SCANNER));
    assert.equal(connected.size, 1);
    assert.ok(see({ kind: 'connect' }).includes('alert scan: block'));
    assert.equal(blocks.reconsider(prefix(SCANNER)), undefined);
    assert.equal([...blocks].length, 1);
  });
});
