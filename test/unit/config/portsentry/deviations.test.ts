import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultPolicy } from '../../../../src/config/load.ts';
import { deviations, deviationsFrom } from '../../../../src/config/portsentry/deviations.ts';
import { read2, read12 } from './read.ts';

const KILL = 'BLOCK_TCP="1"\nKILL_ROUTE="r $TARGET$"\nKILL_HOSTS_DENY="ALL: $TARGET$"\nSCAN_TRIGGER="99"\n';
const PORTS = 'TCP_PORTS="1"\nUDP_PORTS="1"\nADVANCED_PORTS_TCP="9"\nADVANCED_PORTS_UDP="9"\n';

const ids = (policy: Parameters<typeof deviationsFrom>[0]) => deviationsFrom(policy).map(({ id }) => id);
const some = [
  read12(PORTS + KILL, { tcp: 'atcp', udp: 'audp' }),
  read12(PORTS, { tcp: 'tcp' }),
  read2(`TCP_PORTS="1"\nUDP_PORTS="1"\nHISTORY_FILE="/h"\nIGNORE_FILE="/i"\n${KILL}`),
  read2('TCP_PORTS="1"', { tcp: 'connect' }),
].map(({ policy }) => ids(policy));

test('each has a name of its own and two sentences', () => {
  assert.equal(new Set(deviations.map(({ id }) => id)).size, deviations.length);
  for (const { id, what, why } of deviations) {
    assert.match(id, /^[a-z0-9]+(-[a-z0-9]+)*$/);
    for (const sentence of [what, why]) assert.match(sentence, /^[A-Z].*\.$/, id);
  }
});

test('each shows somewhere, and a few everywhere', () => {
  const everywhere = deviations
    .filter(({ id }) => some.every((list) => list.includes(id)))
    .map(({ id }) => id);
  assert.deepEqual(everywhere, ['flood', 'metrics-port', 'full-tables']);
  for (const { id } of deviations)
    assert.ok(
      some.some((list) => list.includes(id)),
      id,
    );
});

test('who only logs hears nothing of blocks', () => {
  const list = ids(read12(`${PORTS}KILL_ROUTE="r $TARGET$"\n`, { tcp: 'stcp' }).policy);
  for (const id of ['blocks-in-xdp', 'no-line-for-dropped', 'guarded', 'commands-beside', 'ipv6-commands'])
    assert.ok(!list.includes(id), id);
  assert.ok(list.includes('ipv6'));
});

test('the versions differ', () => {
  const [of12, , of2] = some;
  for (const id of ['ipv6', 'before-firewall', 'count-by-source', 'whole-address', 'hosts-deny-once'])
    assert.deepEqual([of12!.includes(id), of2!.includes(id)], [true, false], id);
  for (const id of ['ipv6-source', 'nothing-hidden', 'history-kept', 'hosts-deny-brackets'])
    assert.deepEqual([of12!.includes(id), of2!.includes(id)], [false, true], id);
});

test('they are about a portsentry.conf', () => {
  const versioned = ids(defaultPolicy()).filter((id) => /ipv6|history|whole-address/.test(id));
  assert.deepEqual(versioned, []);
});
