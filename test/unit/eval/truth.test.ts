import assert from 'node:assert/strict';
import { test } from 'node:test';
import { truthOf } from '../../../scripts/eval/truth.ts';

const cases: readonly [truth: string, scanner: string, kind: string][] = [
  ['nmap connect(), 192.0.2.1 -> 192.0.2.2, 15 TCP ports (3 open)', '192.0.2.1', 'connect'],
  ['scanner 192.0.2.1 -> 192.0.2.2; 1000 TCP ports, FIN only', '192.0.2.1', 'fin'],
  ['visible scanner 192.0.2.1 (FTP server) -> 999 TCP ports of third host', '192.0.2.1', 'syn'],
  ['192.0.2.1 -> 9 hosts, tcp/445, 17 SYN + retries over 6250 s', '192.0.2.1', 'horizontal'],
  ['192.0.2.1 -> 4 hosts x 1000 TCP ports over 637 s, NULL', '192.0.2.1', 'null'],
  ['192.0.2.1 -> 192.0.2.2, 2 TCP ports only; discovery, not a port scan', '192.0.2.1', 'discovery'],
  ['2001:db8::1 -> 1 host, 142 UDP ports in 40 s', '2001:db8::1', 'udp'],
];

for (const [truth, scanner, kind] of cases) {
  test(truth, () => {
    assert.deepEqual(truthOf('scan/a.pcap', '', truth), {
      ...{ file: 'scan/a.pcap', folder: 'scan', scanners: [scanner], kind },
    });
  });
}

test('outside of scan/ nobody scans', () => {
  const { scanners, kind } = truthOf('benign/a.pcap', '', '192.0.2.1 -> 192.0.2.2, browsing');
  assert.deepEqual([scanners, kind], [[], undefined]);
});

test('a scan without a scanner is a mistake in the index', () => {
  assert.throws(() => truthOf('scan/a.pcap', '', 'somebody scans'), /no scanner is named/);
});
