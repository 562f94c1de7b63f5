/** Ports that are forwarded into a container have no socket: who uses them is no scanner, and who scans beside them is one. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { addContainer, inside } from '../../scripts/lab/container.ts';
import { addresses, Lab } from '../../scripts/lab/lab.ts';
import { nmap } from '../../scripts/lab/nmap.ts';
import { LabSentry } from '../../scripts/lab/sentry.ts';
import { needs } from '../support/capability.ts';

const CONNECT = new URL('../../scripts/lab/connect.ts', import.meta.url).pathname;
const { sentry: host, client, scanner } = addresses;
const POLICY = `
mode: enforce
probes: drop
rules:
  - { name: scan, distinct_ports: 4, window: 1h, block_for: 1h }
`;
const PORTS = [8001, 8002, 8003, 8004, 8005];

/** As docker and Kubernetes do it: in chains of their own, for what is local. */
const iptables = [
  '-N DOCKER',
  '-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER',
  `-A DOCKER ! -i c0 -p tcp -m multiport --dports 8001,8002 -j DNAT --to-destination ${inside}`,
  `-A DOCKER ! -i c0 -p tcp -m tcp --dport 8003:8005 -j DNAT --to-destination ${inside}`,
];
const nft = `
table ip router {
  map plan { type inet_service : ipv4_addr . inet_service; elements = { 8004 : ${inside.replace(':', ' . ')} } }
  chain out { ip protocol tcp dnat to ${inside}; }
  chain in {
    type nat hook prerouting priority dstnat;
    tcp dport { 8001, 8002 } dnat to ${inside}
    tcp dport vmap { 8003 : jump out, 8005 : jump out }
    dnat to tcp dport map @plan
  }
}`;

describe('ports that are forwarded', {
  skip: needs('root', 'bpf', 'netns', 'bpffs', 'nmap', 'iptables', 'nft'),
}, () => {
  let lab: Lab;
  beforeEach(async () => {
    lab = await Lab.create();
    await addContainer(lab);
  });
  afterEach(async () => {
    await lab?.dispose();
  });

  const forwardBy = {
    async iptables() {
      for (const rule of iptables)
        await lab.sentry.execute('iptables-nft', ['-t', 'nat', ...rule.split(' ')]);
    },
    async nft() {
      await lab.sentry.execute('nft', [nft]);
    },
  };
  /** Rules that no packet meets, more of them than the sentry reads. */
  const printTooMuch = async () => {
    const file = join(lab.directory, 'many.nft');
    const rule = `tcp dport 1 counter accept comment "${'x'.repeat(100)}"\n`;
    writeFileSync(file, `table ip many {\n chain c {\n${rule.repeat(30_000)}}\n}\n`);
    await lab.sentry.execute('nft', ['-f', file]);
  };
  const greeting = async (port: number) => {
    const args = [CONNECT, 'tcp', client.ipv4, host.ipv4, String(port)];
    return (await lab.scanner.execute(process.execPath, args)).stdout;
  };
  const assertUsable = async (sentry: LabSentry) => {
    for (const port of PORTS) assert.equal(await greeting(port), 'hello from inside', `port ${port}`);
    const { probes, alerts } = await sentry.ask({ command: 'status' });
    assert.deepEqual([probes.filter((count) => count.probes > 0), alerts], [[], 0]);
  };

  for (const tool of ['iptables', 'nft'] as const) {
    test(`by ${tool}: clients reach the container, a scan beside it is seen`, async () => {
      await forwardBy[tool]();
      const sentry = await LabSentry.start(lab, POLICY);
      const told = sentry.lines().find(({ event }) => event === 'forwarded');
      assert.deepEqual([told?.['tcp'], told?.['udp'], told?.['level']], ['8001-8005', '', 'info']);
      await assertUsable(sentry);

      const args = ['-sS', '-p', '7990-8010', '--max-retries', '0', '-S', scanner.ipv4];
      await nmap(lab.scanner, [...args, '-e', lab.scanner.interface, host.ipv4]);
      await sentry.waitForLine('the block', ({ event }) => event === 'blocked');
      assert.deepEqual([...(await sentry.blocks()).keys()], [scanner.ipv4]);
      assert.deepEqual(
        sentry.warnings.filter((text) => /forward/.test(text)),
        [],
      );
    });
  }

  test('from a reload on, and `ports` says so', async () => {
    const sentry = await LabSentry.start(lab, POLICY);
    assert.equal((await sentry.ask({ command: 'ports' })).forwarded.tcp, '');
    await forwardBy.nft();
    await sentry.ask({ command: 'reload' });
    assert.match(await sentry.text('ports'), /^forwarded, which count as served: tcp 8001-8005, udp none/m);
    await assertUsable(sentry);
  });

  test('from one sentry to the next, which cannot ask nft', async () => {
    await forwardBy.nft();
    const first = await LabSentry.start(lab, POLICY);
    assert.equal((await first.ask({ command: 'ports' })).forwarded.tcp, '8001-8005');
    await first.leave();
    await printTooMuch();
    const second = await LabSentry.start(lab, POLICY);
    await second.waitForWarning(/nft: prints more than 8 MiB/);
    assert.equal((await second.ask({ command: 'ports' })).forwarded.tcp, '8001-8005');
    await assertUsable(second);
  });

  test('a rule that forwards nobody can tell which ports is told of', async () => {
    await lab.sentry.execute('nft', [
      `table ip t { chain c { type nat hook prerouting priority dstnat; ip daddr ${host.ipv4} dnat to 198.18.0.2; }; }`,
    ]);
    const sentry = await LabSentry.start(lab, POLICY);
    await sentry.waitForWarning(/nft table ip t, chain c, handle \d+; .*monitor\.tcp\.except/);
  });
});
