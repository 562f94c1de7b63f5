/** A slow scan goes on while the sentry is not there, or the kernel forgets: what was touched before counts. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Trail } from '../../../src/detect/trail.ts';
import { trailFacts, trailRow } from '../../../src/memory/trail-row.ts';
import { makeSentry, SCANNER } from './make-sentry.ts';

const HOUR_NS = 3600e9;
const YAML =
  'mode: enforce\nrules: [{ name: patient, distinct_ports: 7, window: 48h }, { name: fast, distinct_ports: 3, window: 60s }]';

/** The next sentry, after a boot: what was `agoNs` before it, by the clock of the one before, is past. */
function restart(
  { trails }: Pick<ReturnType<typeof makeSentry>, 'trails'>,
  agoNs: number,
  next = makeSentry(YAML),
) {
  const rows = [...trails.onProbation, ...trails.kept].map((source) =>
    trailRow(source, trails.of(source, agoNs)!),
  );
  next.trails.restore(
    rows.map((row) => {
      const [firstNs, lastNs] = [row.firstNs - agoNs, row.lastNs - agoNs];
      return [row.source, Trail.of(trailFacts({ ...row, firstNs, lastNs, storyNs: null })!)];
    }),
  );
  next.sentry.recount();
  return next;
}

describe('one probe in six hours', () => {
  test('is caught with the seventh port, whatever was started anew in between, and nobody hears of the past', () => {
    let sentry = makeSentry(YAML);
    for (let nth = 1; nth <= 7; nth++) {
      const atNs = sentry.dataPlane.nowNs();
      const story = { firstNs: atNs, total: 1 }; // the kernel has forgotten the source each time
      assert.equal(
        sentry.see({ port: nth, atNs, ...story })[0],
        nth < 7 ? undefined : 'alert patient: block',
      );
      if (nth === 7) break;
      if (nth % 2 === 0) sentry = restart(sentry, atNs + 6 * HOUR_NS);
      else sentry.dataPlane.advance(6 * HOUR_NS);
      assert.deepEqual(sentry.take(), []);
    }
  });

  test('is nothing of a scan once 48 hours have passed', () => {
    const before = makeSentry(YAML);
    for (let port = 1; port <= 6; port++) {
      before.see({ port });
      before.dataPlane.advance(HOUR_NS);
    }
    const next = restart(before, 49 * HOUR_NS);
    assert.deepEqual(next.see({ port: 7 }), []);
  });

  test('of who was let in before begins anew', () => {
    const before = makeSentry(YAML);
    for (let port = 1; port <= 6; port++) before.see({ port, atNs: port * 60e9 * 2 });
    before.trails.spend(SCANNER, HOUR_NS, 'pardoned');
    const next = restart(before, HOUR_NS);
    assert.deepEqual(next.see({ port: 7 }), []);
    assert.deepEqual(
      next.sentry.standings(SCANNER).map(({ rule, ports }) => [rule.name, ports]),
      [
        ['patient', 1],
        ['fast', 1],
      ],
    );
  });
});

test('a rule that one source has fulfilled before a restart fires with its next probe, for each source once', () => {
  const before = makeSentry(YAML.replace('enforce', 'observe'));
  for (let port = 1; port <= 8; port++) before.see({ port, atNs: port * 120e9 });
  const next = restart(before, HOUR_NS);
  assert.deepEqual(next.see({ port: 8 }).slice(0, 1), ['alert patient: block']);
});

test('a start asks for nobody’s label: whose scanner a source is, is asked when it comes', () => {
  const before = makeSentry(YAML);
  for (let host = 1; host <= 9; host++) before.see({ address: `198.51.100.${host + 20}`, port: host });
  const asked: string[] = [];
  const yaml = 'rules: [{ name: two, distinct_ports: 2, window: 48h, research: skip }]';
  const next = restart(before, HOUR_NS, makeSentry(yaml, { labelOf: (address) => void asked.push(address) }));
  assert.deepEqual(asked, []);
  assert.deepEqual(next.see({ address: '198.51.100.21', port: 99 }), ['alert two: would_block']);
  assert.deepEqual(new Set(asked), new Set(['198.51.100.21']));
});

test('who was pushed out of the memory of the rules by others counts on from what he has touched', () => {
  const { see, dataPlane, sentry } = makeSentry(`${YAML}\ntables: { sources: 1024 }`);
  for (let port = 1; port <= 6; port++) {
    see({ port, atNs: dataPlane.nowNs() });
    dataPlane.advance(HOUR_NS);
  }
  for (let nth = 0; nth < 1024; nth++) see({ address: `198.18.${nth >> 8}.${nth & 255}` });
  assert.equal(sentry.forgotten, 1);
  assert.deepEqual(see({ port: 7, atNs: dataPlane.nowNs() })[0], 'alert patient: block');
});
