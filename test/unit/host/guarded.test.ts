/** A passing error takes nobody out of the guard. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Followed, GuardedAddresses } from '../../../src/host/guarded.ts';
import { formatPrefix, type Prefix, parsePrefix } from '../../../src/values/prefix.ts';

const prefix = (text: string): Prefix => parsePrefix(text)!;

/** Addresses of a kind that can be read until the test says otherwise. */
function makeKind(name: string, ...texts: readonly string[]) {
  const kind = { texts, error: undefined as Error | undefined };
  const followed: Followed = {
    name,
    reason: `one of the ${name}`,
    read() {
      if (kind.error) throw kind.error;
      return kind.texts.map(prefix);
    },
  };
  return { kind, followed };
}

const found = (guarded: GuardedAddresses) =>
  guarded.all
    .filter(({ reason }) => reason.startsWith('one of'))
    .map((it) => `${formatPrefix(it.prefix)}: ${it.reason}`);

test('a kind that cannot be read stays as it was, the others are followed, and it is told until it can', () => {
  const gateways = makeKind('gateways', '198.51.100.1');
  const addresses = makeKind('addresses', '198.51.100.10');
  const guarded = new GuardedAddresses([gateways.followed, addresses.followed]);
  assert.deepEqual(guarded.look(), []);
  gateways.kind.error = Object.assign(new Error('EMFILE'), { code: 'EMFILE' });
  gateways.kind.texts = ['198.51.100.2'];
  addresses.kind.texts = ['198.51.100.11'];
  for (let look = 0; look < 2; look++) {
    assert.deepEqual(guarded.look(), [
      'its gateways cannot be read: too many files are open (EMFILE); those that were known stay guarded',
    ]);
    assert.deepEqual(found(guarded), [
      '198.51.100.1: one of the gateways',
      '198.51.100.11: one of the addresses',
    ]);
  }
  gateways.kind.error = undefined;
  assert.deepEqual(guarded.look(), []);
  assert.deepEqual(found(guarded)[0], '198.51.100.2: one of the gateways');
});

test('an address of several kinds is there once, and what never changes always', () => {
  const resolvers = makeKind('resolvers', '127.0.0.53', '198.51.100.1');
  const gateways = makeKind('gateways', '198.51.100.1');
  const guarded = new GuardedAddresses([resolvers.followed, gateways.followed]);
  assert.ok(
    guarded.all.some((it) => formatPrefix(it.prefix) === '127.0.0.0/8'),
    'before the first look as well',
  );
  guarded.look();
  assert.deepEqual(found(guarded), ['127.0.0.53: one of the resolvers', '198.51.100.1: one of the gateways']);
});
