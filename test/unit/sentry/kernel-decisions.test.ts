/** Rules that the kernel has carried out by itself: what the sentry makes of its word. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeSentry, prefix, SCANNER, sightingOf } from './make-sentry.ts';

const RULES = `mode: enforce
rules:
  - { name: scan, distinct_ports: 3, window: 60s, block_for: 1m }
  - { name: pair, probes: 2, window: 60s, action: alert }
`;

/** A sentry, and the kernel's decision for rule 0 with a probe to that port. */
function make(yaml = RULES) {
  const parts = makeSentry(yaml);
  const { dataPlane, see } = parts;
  const decide = (port: number) => {
    dataPlane.blockInstantly(prefix(SCANNER), 0, dataPlane.nowNs() + 60e9);
    return see({ port, instantBlock: { rule: 0, inForceNs: dataPlane.nowNs() + 500 } });
  };
  return { ...parts, decide };
}

test('the alert names the ports that are known, and so does the block', () => {
  const { see, told, decide, sentry, counted, reactions } = make();
  see({ port: 1 });
  assert.deepEqual(decide(3), [
    'alert scan: block',
    'alert pair: alert',
    `blocked ${SCANNER} (scan: 1,3/tcp)`,
  ]);
  assert.deepEqual([sentry.alerts, counted, reactions], [2, ['scan', 'pair'], [5e-7]]);
  assert.deepEqual(told, []);
});

test('it says who decided', () => {
  const { sentry, dataPlane, told } = make();
  const by = () =>
    told.splice(0).flatMap((event) => (event.event === 'alert' ? `${event.rule} ${event.by}` : []));
  const decide = { instantBlock: { rule: 0, inForceNs: 1 } };
  dataPlane.blockInstantly(prefix(SCANNER), 0, undefined);
  for (const [port, more] of [
    [1, {}],
    [2, decide],
  ] as const) {
    sentry.handle({ ...sightingOf({ port }), ...more });
  }
  assert.deepEqual(by(), ['scan kernel', 'pair controller']);
});

test('nothing need have been told of before', () => {
  assert.deepEqual(make().decide(3), ['alert scan: block', `blocked ${SCANNER} (scan: 3/tcp)`]);
});

test('a decision that the detector shares is one alert', () => {
  const { see, decide, sentry } = make();
  for (const port of [1, 2]) see({ port });
  assert.deepEqual(decide(3), ['alert scan: block', `blocked ${SCANNER} (scan: 1-3/tcp)`]);
  assert.deepEqual(see({ port: 4 }), [], 'a packet that was on its way');
  assert.equal(sentry.alerts, 2);
});

test('two CPUs that decide at once are one alert and one block', () => {
  const { decide, blocks } = make();
  decide(3);
  assert.deepEqual(decide(4), [], 'what led to the block counts for no other rule');
  assert.deepEqual(
    [...blocks].map(({ reason }) => reason),
    ['scan: 3/tcp'],
  );
});

test('a block that has expired may follow at once, and is told of again', () => {
  const { decide, dataPlane } = make();
  decide(3);
  dataPlane.advance(60e9);
  const told = decide(4);
  assert.deepEqual(told.slice(0, 2), [`unblocked ${SCANNER} expired`, 'alert scan: block']);
});

test('an expired answer leaves the kernel its memory, one that was lifted does not', () => {
  const { see, decide, dataPlane, blocks } = make();
  decide(3);
  dataPlane.advance(60e9);
  see({ port: 4 });
  assert.deepEqual(dataPlane.forgotten, []);
  decide(5);
  blocks.lift(prefix(SCANNER));
  assert.deepEqual([...new Set(dataPlane.forgotten)], [SCANNER]);
});

test('a mark that is lifted begins anew in the kernel, too, with the source that it is for', () => {
  const { see, dataPlane, marks } = make('mode: enforce\nrules: [{ name: note, probes: 1, action: record }]');
  see({ address: '2001:db8:1:2::3' });
  marks.lift('2001:db8:1:2::/64');
  assert.deepEqual(dataPlane.forgotten, ['2001:db8:1:2::/64']);
});
