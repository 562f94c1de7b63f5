/** Research scanners: a label in the alert, and nothing else unless a rule says so. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeSentry, SCANNER, sightingOf } from './make-sentry.ts';

const options = { labelOf: (address: string) => (address === SCANNER ? 'Censys' : undefined) };

test('an alert has the label, and the source is answered like any other', () => {
  const { sentry, told } = makeSentry(
    'mode: enforce\nrules: [{ name: one, instant: true, kinds: [syn], only: { tcp: 22 } }]',
    options,
  );
  sentry.handle(sightingOf({}));
  sentry.handle(sightingOf({ address: '198.51.100.67' }));
  const alerts = told.flatMap((event) => (event.event === 'alert' ? [[event.label, event.action]] : []));
  assert.deepEqual(alerts, [
    ['Censys', 'block'],
    [undefined, 'block'],
  ]);
});

for (const [research, fired] of [
  ['count', [SCANNER, '198.51.100.67']],
  ['skip', ['198.51.100.67']],
  ['only', [SCANNER]],
] as const)
  test(`research: ${research}`, () => {
    const { sentry, told } = makeSentry(
      `rules: [{ name: one, instant: true, research: ${research} }]`,
      options,
    );
    for (const address of [SCANNER, '198.51.100.67']) sentry.handle(sightingOf({ address }));
    assert.deepEqual(
      told.flatMap((event) => (event.event === 'alert' ? event.source : [])),
      fired,
    );
  });
