import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Logins } from '../../../src/exempt/logins.ts';
import { formatPrefix, parsePrefix } from '../../../src/values/prefix.ts';
import { FakeDataPlane } from '../../support/fake-data-plane.ts';

const MINUTE_MS = 60_000;

function make() {
  const state = { nowMs: 0, connected: new Set<string>() };
  const logins = new Logins(
    (address) => state.connected.has(address),
    () => state.nowMs,
  );
  const guarded = () => logins.guarded.map(({ prefix }) => formatPrefix(prefix));
  return { state, logins, guarded, note: (text: string) => logins.note(parsePrefix(text)!) };
}

test('who is logged in is guarded as long as there is a connection, and ten minutes more', () => {
  const { state, logins, guarded, note } = make();
  note('192.0.2.7');
  state.connected.add('192.0.2.7');
  state.nowMs = 600 * MINUTE_MS;
  logins.sweep();
  state.connected.clear();
  state.nowMs += 10 * MINUTE_MS - 1;
  logins.sweep();
  assert.deepEqual(guarded(), ['192.0.2.7']);
  state.nowMs++;
  logins.sweep();
  assert.deepEqual(guarded(), []);
});

test('the next sentry knows them: who is connected still, or has typed within ten minutes', () => {
  const { logins: store } = new FakeDataPlane();
  const first = make();
  first.note('192.0.2.1');
  first.note('192.0.2.2');
  first.logins.keepIn(store);
  first.state.nowMs = 9 * MINUTE_MS;
  first.note('192.0.2.3');

  const second = make();
  second.state.nowMs = 12 * MINUTE_MS;
  second.state.connected.add('192.0.2.1');
  second.note('192.0.2.4');
  second.logins.keepIn(store);
  second.logins.sweep();
  assert.deepEqual(second.guarded().sort(), ['192.0.2.1', '192.0.2.3', '192.0.2.4']);
  assert.equal(store.all().length, 3, 'and so does the one after that');
});

test('with each command the time begins anew', () => {
  const { state, logins, guarded, note } = make();
  note('192.0.2.7');
  state.nowMs = 9 * MINUTE_MS;
  note('192.0.2.7');
  state.nowMs = 18 * MINUTE_MS;
  logins.sweep();
  assert.deepEqual(guarded(), ['192.0.2.7']);
});

test('there are at most 64; who was there first is forgotten', () => {
  const { guarded, note } = make();
  for (let host = 1; host <= 65; host++) note(`192.0.2.${host}`);
  assert.equal(guarded().length, 64);
  assert.equal(guarded().includes('192.0.2.1'), false);
});
