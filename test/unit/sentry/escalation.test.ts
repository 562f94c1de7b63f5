/** Who comes back is blocked for longer, whoever decides: the controller or the kernel. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SentryError } from '../../../src/errors.ts';
import { makeSentry, prefix, SCANNER } from './make-sentry.ts';

const MINUTE_NS = 60e9;
const yaml = (more = '') => `mode: enforce
rules: [{ name: one, probes: 1, block_for: 1m }]
${more}`;

function make(more?: string) {
  const parts = makeSentry(yaml(more));
  const { dataPlane, blocks, see } = parts;
  /** Minutes that the block lasts from now on, as kernel and controller have it. */
  const minutes = () => {
    const [known, standing] = [blocks.get(prefix(SCANNER)), dataPlane.readBlock(prefix(SCANNER))];
    assert.equal(known?.expiresNs, standing?.expiresNs);
    return (standing!.expiresNs! - dataPlane.nowNs()) / MINUTE_NS;
  };
  const kernelBlocks = () => dataPlane.blockInstantly(prefix(SCANNER), 0, dataPlane.nowNs() + MINUTE_NS);
  return {
    ...parts,
    minutes,
    kernelBlocks,
    controllerDecides: () => see(),
    kernelDecides() {
      kernelBlocks();
      return see({ instantBlock: { rule: 0, inForceNs: dataPlane.nowNs() } });
    },
    wait: () => dataPlane.advance(minutes() * MINUTE_NS),
  };
}

for (const who of ['controllerDecides', 'kernelDecides'] as const) {
  test(`when the ${who.replace('Decides', ' decides')}, and it is one block and told once`, () => {
    const parts = make();
    assert.deepEqual(parts[who](), ['alert one: block', `blocked ${SCANNER} (one: 22/tcp)`]);
    assert.equal(parts.minutes(), 1);
    parts.wait();
    assert.deepEqual(parts[who](), [
      `unblocked ${SCANNER} expired`,
      'alert one: block',
      `blocked ${SCANNER} (one: 22/tcp)`,
    ]);
    assert.equal(parts.minutes(), 4);
    parts.wait();
    parts[who]();
    assert.equal(parts.minutes(), 16);
  });
}

test('when the event of the kernel was lost, too', async () => {
  const { blocks, kernelBlocks, minutes, wait } = make();
  kernelBlocks();
  await blocks.reconcile(() => 'lost');
  assert.equal(minutes(), 1);
  wait();
  blocks.sweep();
  kernelBlocks();
  await blocks.reconcile(() => 'lost');
  assert.equal(minutes(), 4);
});

test('not when an operator has lifted the block meanwhile', () => {
  const { blocks, controllerDecides, dataPlane, minutes } = make();
  controllerDecides();
  blocks.lift(prefix(SCANNER));
  dataPlane.advance(1e6);
  controllerDecides();
  assert.equal(minutes(), 1);
});

test('not when escalation is off', () => {
  const { kernelDecides, minutes, wait } = make('escalation: off');
  kernelDecides();
  wait();
  kernelDecides();
  assert.equal(minutes(), 1);
});

test('a block of the kernel that cannot be made longer lasts as long as the kernel says, and that is told', async () => {
  const { blocks, dataPlane, wait, minutes, take, ...parts } = make();
  parts.kernelDecides();
  wait();
  blocks.sweep();
  take();
  dataPlane.block = () => {
    throw new SentryError('XS_ERR_TABLE_FULL', '3 entries');
  };
  const told = parts.kernelDecides();
  assert.equal(minutes(), 1);
  assert.deepEqual(told.slice(0, 1), ['alert one: block']);
  assert.match(told.join('\n'), /198\.51\.100\.66 is blocked no longer than the first time: .*3 entries/);

  wait();
  blocks.sweep();
  parts.kernelBlocks();
  await blocks.reconcile(() => 'lost');
  assert.equal(minutes(), 1);
});
