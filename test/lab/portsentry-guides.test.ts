/** Two guides that people still follow: with their files, unchanged, a scan ends as their authors show. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { addresses } from '../../scripts/lab/lab.ts';
import { nmap } from '../../scripts/lab/nmap.ts';
import { CONFIG, candidates, HOSTS_DENY, type Mode, PortsentryHost } from '../../scripts/lab/portsentry.ts';
import { needs } from '../support/capability.ts';

const { sentry: target, scanner } = addresses;
const CONNECT = new URL('../../scripts/lab/connect.ts', import.meta.url).pathname;
const fixture = (name: string) =>
  readFileSync(new URL(`../../../shared/fixtures/${name}`, import.meta.url), 'latin1');

/** What its author shows: who scans what, and is blocked. */
const ROUTE = `/sbin/route add -host ${scanner.ipv4} reject`;
const blockedLines = (scan: string, command: string) => [
  `attackalert: ${scan}`,
  `attackalert: Host ${scanner.ipv4} has been blocked via wrappers with string: "ALL: ${scanner.ipv4} : DENY"`,
  `attackalert: Host ${scanner.ipv4} has been blocked via dropped route using command: "${ROUTE}"`,
  `attackalert: External command run for host: ${scanner.ipv4} using command: "${command}"`,
];

/** All lines about attacks, but the one that only ours has. */
const attacks = (host: PortsentryHost) =>
  host.lines().filter((text) => text.startsWith('attackalert:') && !text.includes(' via XDP '));

async function assertBlocked(host: PortsentryHost, expected: readonly string[]): Promise<void> {
  await host.waitFor('all responses', () => attacks(host).length >= expected.length);
  assert.deepEqual(attacks(host), expected);
  assert.equal(host.read(HOSTS_DENY), `ALL: ${scanner.ipv4} : DENY\n`);
  const { stdout: routes } = await host.root.execute('route', ['-n']);
  assert.match(routes, new RegExp(`^${scanner.ipv4} +- +255\\.255\\.255\\.255 !H `, 'm'));
}

for (const candidate of candidates) {
  const classic = candidate === 'classic' ? (['portsentry'] as const) : [];
  const skip = needs('root', 'bpf', 'netns', 'shared', 'nmap', 'iptables', 'net-tools', ...classic);

  describe(`${candidate}, as the guide says`, { skip }, () => {
    const start = async (
      conf: string,
      modes: readonly Mode[],
      files: Readonly<Record<string, string>> = {},
    ) => {
      const host = await PortsentryHost.create(candidate, { [CONFIG]: fixture(conf), ...files });
      await host.root.execute('sh', ['-c', 'mkdir -p /var/log/portsentry; chmod -f 700 /root/*.sh || true']);
      await host.start(modes);
      return host;
    };

    test('French wiki: atcp and audp; hosts.deny, route and iptables', async () => {
      await using host = await start('french-wiki.portsentry.conf', ['atcp', 'audp']);
      await nmap(host.lab.scanner, ['-sS', '-p', '135', '--max-retries', '0', target.ipv4]);
      const rule = `/sbin/iptables -I INPUT -s ${scanner.ipv4}`;
      const log = `-m limit --limit 3/minute --limit-burst 5 -j LOG --log-level debug --log-prefix 'Portsentry: dropping: '`;
      await assertBlocked(
        host,
        blockedLines(
          `TCP SYN/Normal scan from host: ${scanner.ipv4}/${scanner.ipv4} to TCP port: 135`,
          `${rule} -j DROP && ${rule} ${log}`,
        ),
      );
      const { stdout: rules } = await host.root.execute('iptables', ['-S', 'INPUT']);
      assert.deepEqual(rules.trim().split('\n'), [
        '-P INPUT ACCEPT',
        `-A INPUT -s ${scanner.ipv4}/32 -m limit --limit 3/min -j LOG --log-prefix "Portsentry: dropping: " --log-level 7`,
        `-A INPUT -s ${scanner.ipv4}/32 -j DROP`,
      ]);
    });

    test('Spanish guide: tcp and udp; hosts.deny, route and a script in /root', async () => {
      const script = '#!/bin/sh\necho "$1" >>/root/intrusos.txt\necho "$#" >"/var/log/portsentry/$1.txt"\n';
      await using host = await start('spanish-guide.portsentry.conf', ['tcp', 'udp'], {
        '/root/portsentry.sh': script,
      });
      await host.lab.scanner.execute(process.execPath, [CONNECT, 'tcp', scanner.ipv4, target.ipv4, '79']);
      await assertBlocked(
        host,
        blockedLines(
          `Connect from host: ${scanner.ipv4}/${scanner.ipv4} to TCP port: 79`,
          `/root/portsentry.sh ${scanner.ipv4}`,
        ),
      );
      assert.equal(host.read('/root/intrusos.txt'), `${scanner.ipv4}\n`);
      assert.equal(host.read(`/var/log/portsentry/${scanner.ipv4}.txt`), '1\n');
    });
  });
}
