import assert from 'node:assert/strict';
import { test } from 'node:test';
import { learnedPorts } from '../../../scripts/lab/nmap.ts';

const report = (...ports: readonly string[]): string => `<?xml version="1.0" encoding="UTF-8"?>
<nmaprun scanner="nmap" version="7.93" xmloutputversion="1.05">
<host><status state="up" reason="user-set" reason_ttl="0"/>
<ports>${ports.join('\n')}
</ports>
</host>
<runstats><finished exit="success"/><hosts up="1" down="0" total="1"/></runstats>
</nmaprun>
`;
const port = (number: number, state: string) =>
  `<port protocol="tcp" portid="${number}"><state state="${state}" reason="reset" reason_ttl="64"/><service name="x"/></port>`;
const extra = (state: string, count: number) =>
  `<extraports state="${state}" count="${count}">\n<extrareasons reason="x" count="${count}" proto="tcp" ports="1-9"/>\n</extraports>`;

test('ports that nmap names are learned when they are open or closed', () => {
  const learned = learnedPorts(report(extra('filtered', 1022), port(23, 'closed'), port(80, 'open')));
  assert.deepEqual(learned, { count: 2, named: ['23 closed', '80 open'] });
});

test('those that it only counts, too', () => {
  const { count, named } = learnedPorts(report(extra('closed', 1023), port(80, 'open')));
  assert.deepEqual([count, named], [1024, ['80 open']]);
});

test('when many are closed and many are silent, the closed ones count and the silent ones do not', () => {
  const many = report(extra('filtered', 600), extra('closed', 423), port(80, 'open'));
  assert.equal(learnedPorts(many).count, 424);
  const udp = report(extra('open|filtered', 1000), extra('closed', 24));
  assert.equal(learnedPorts(udp).count, 24);
});

test('a silent port is not learned when it is named, either', () => {
  const silent = report(extra('closed', 1000), port(7, 'filtered'), port(9, 'open|filtered'));
  assert.deepEqual(learnedPorts(silent), { count: 1000, named: [] });
  assert.equal(learnedPorts(report(extra('filtered', 1024))).count, 0);
});

test('a report of no host is not one of a host that told nothing', () => {
  assert.throws(() => learnedPorts('<nmaprun><runstats/></nmaprun>'), /no host that was scanned/);
});
