import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { addresses, type Lab } from '../lab.ts';
import { cutPower } from '../power-cut.ts';
import { addScanner } from '../scanners.ts';
import { LabSentry, type LogLine } from '../sentry.ts';
import { waitUntil } from '../wait.ts';

const FORGE = new URL('../forge.py', import.meta.url).pathname;
const { sentry: server, client } = addresses;
const GATEWAY = '198.51.100.30';
const GATEWAY6 = '2001:db8:0:30::1';
const RESOLVER = '198.51.100.31';
const ADMIN = '198.51.100.32';
/** Behind the gateways. */
const [FAR, FAR6] = ['198.18.0.0/15', '2001:db8:ffff::/48'];
/** The network that they all are in, and others with them. */
const NETWORK = '198.51.100.0/24';

type Guarded = { readonly address: string; readonly to: string; readonly objection: RegExp };
/** Who may become guarded at any moment. */
const becoming: readonly Guarded[] = [
  { address: GATEWAY, to: server.ipv4, objection: /a gateway of this host/ },
  { address: GATEWAY6, to: server.ipv6, objection: /a gateway of this host/ },
  { address: RESOLVER, to: server.ipv4, objection: /a resolver of this host/ },
  { address: ADMIN, to: server.ipv4, objection: /the address that you are logged in from/ },
];
const always: readonly Guarded[] = [
  { address: server.ipv4, to: server.ipv4, objection: /an address of this host/ },
  { address: server.ipv6, to: server.ipv6, objection: /an address of this host/ },
];
const all = [...becoming, ...always];

/** What rules look at, by the flags of a segment: one of each kind of rule, and who carries it out. */
const kinds = [
  {
    name: 'kernel-one',
    rule: 'kinds: [fin], instant: true, block_for: forever',
    flags: 1,
    ports: 1,
  },
  {
    name: 'kernel-several',
    rule: 'kinds: [syn], distinct_ports: 3, window: 1h, block_for: 1h',
    flags: 2,
    ports: 5,
  },
  {
    name: 'controller',
    rule: 'kinds: [xmas], probes: 20, window: 1h, block_for: 1h',
    flags: 41,
    ports: 25,
  },
  {
    name: 'command',
    rule: 'kinds: [null], probes: 2, window: 1h, action: command',
    flags: 0,
    ports: 4,
  },
] as const;

const answers = async (lab: Lab, address: string, to: string) => {
  const { code } = await lab.scanner.spawn('ping', ['-I', address, '-c', '1', '-W', '1', to]).finished;
  return code === 0;
};
/** The one that asks for a neighbour may have been dropped: it asks again. */
const isLetIn = (lab: Lab, { address, to }: Guarded) =>
  waitUntil(`${address} is let in`, () => answers(lab, address, to));

/**
 * Whoever this host cannot do without is never blocked: not by packets in his name, whatever rule they fulfil, not by a list, not by hand, not
 * by what the kernel, the memory or a blocked file have from a time when he was nobody. Each round forges anew.
 */
export async function forgedNames(lab: Lab, { rounds }: { readonly rounds: number }): Promise<number> {
  for (const { address } of becoming) await addScanner(lab, address);
  const resolvConf = join(lab.directory, 'resolv.conf');
  const list = join(lab.directory, 'list.txt');
  const ran = join(lab.directory, 'ran');
  writeFileSync(list, '# nobody yet\n');
  const yaml = `
mode: enforce
monitor: { tcp: { unused: 1-1000 } }
rules:
${kinds.map(({ name, rule }) => `  - { name: ${name}, ${rule} }`).join('\n')}
responses: { command: { run: "echo $TARGET$ >>${ran}" } }
lists: [{ name: ours, file: ${list} }]
memory: { path: ${join(lab.directory, 'memory.db')} }
`;
  let isGuarded = false;
  const guard = async (guarded: boolean) => {
    isGuarded = guarded;
    const what = guarded ? 'replace' : 'del';
    await lab.sentry.execute('ip', ['route', what, FAR, 'via', GATEWAY]);
    await lab.sentry.execute('ip', ['-6', 'route', what, FAR6, 'via', GATEWAY6, 'dev', lab.sentry.interface]);
    writeFileSync(resolvConf, guarded ? `nameserver ${RESOLVER}\n` : '');
  };
  const start = (text = yaml) => {
    const mount = `mount --bind ${resolvConf} /etc/resolv.conf && exec "$@"`;
    const login = isGuarded ? [`SSH_CONNECTION=${ADMIN} 50000 ${server.ipv4} 22`] : ['-u', 'SSH_CONNECTION'];
    return LabSentry.start(lab, text, [], ['unshare', '--mount', 'sh', '-c', mount, 'sh', 'env', ...login]);
  };
  const blockAll = async (sentry: LabSentry) => {
    for (const { address } of becoming)
      await sentry.ask({
        command: 'block',
        source: address,
        durationMs: 3_600_000,
        reason: 'nobody yet',
      });
    for (const { address, to } of becoming) assert.equal(await answers(lab, address, to), false, address);
  };
  const nobodyIsBlocked = async (sentry: LabSentry, what: string) => {
    assert.deepEqual([...(await sentry.blocks()).keys()], [], what);
    for (const one of becoming) await isLetIn(lab, one);
  };

  // They were blocked when they were nobody. Now they are somebody: while it runs, after a kill, after a power cut.
  writeFileSync(resolvConf, '');
  let sentry = await start();
  await blockAll(sentry);
  await guard(true);
  // Who types a command is told from his environment.
  await sentry.ask({
    command: 'block',
    source: '203.0.113.1',
    durationMs: 1000,
    reason: null,
    loggedInFrom: ADMIN,
  });
  for (const one of becoming) await isLetIn(lab, one);
  await guard(false);
  await sentry.stop();

  sentry = await start();
  await blockAll(sentry);
  await sentry.die();
  await guard(true);
  sentry = await start();
  await nobodyIsBlocked(sentry, 'of the blocks that a killed one has left in the kernel');
  await guard(false);
  await sentry.stop();

  sentry = await start();
  await blockAll(sentry);
  await sentry.ask({ command: 'history', source: null, sinceMs: null, limit: 1 }); // waits until all is written
  await cutPower(lab, sentry);
  await guard(true);
  sentry = await start();
  await nobodyIsBlocked(sentry, 'of the blocks in the memory');

  // Packets in their names.
  let forged = 0;
  for (let round = 0; round < rounds; round++) {
    const orders = kinds.flatMap(({ flags, ports }) =>
      all.map(({ address, to }) => {
        forged += ports;
        const some = Array.from({ length: ports }, (_, at) => String(1 + ((round * ports + at) % 1000)));
        return ['--flags', String(flags), address, to, ...some];
      }),
    );
    await lab.scanner.execute('python3', [FORGE, ...orders.flatMap((order) => [...order, '--'])]);
    for (const { name } of round === 0 ? kinds : []) {
      for (const { address, objection } of all) {
        const isIt = ({ event, ...line }: LogLine) =>
          event === 'alert' && line['rule'] === name && line['address'] === address;
        const alert = await sentry.waitForLine(`the alert ${name} for ${address}`, isIt);
        assert.equal(alert['action'], 'guarded', JSON.stringify(alert));
        assert.match(String(alert['objection']), objection);
      }
    }
    await nobodyIsBlocked(sentry, `of ${forged} forged probes`);
  }
  assert.equal(existsSync(ran), false, 'no command ran');

  // By hand, as an address and in a network.
  for (const { address, objection } of all)
    for (const force of [false, true])
      await assert.rejects(
        sentry.ask({ command: 'block', source: address, durationMs: null, reason: null, force }),
        objection,
      );
  await sentry.ask({ command: 'block', source: NETWORK, durationMs: null, reason: null, force: true });
  assert.equal(await answers(lab, client.ipv4, server.ipv4), false);
  for (const one of becoming) await isLetIn(lab, one);
  await sentry.ask({ command: 'unblock', source: NETWORK });

  // By lists: of the configuration, and by hand.
  writeFileSync(list, [...all.map(({ address }) => address), NETWORK, '2001:db8::/32'].join('\n'));
  await sentry.waitForLine('the list', ({ event, ipv4 }) => event === 'list_loaded' && Number(ipv4) > 0);
  assert.equal(await answers(lab, client.ipv4, server.ipv4), false, 'others on it are out');
  for (const one of becoming) await isLetIn(lab, one);
  await sentry.ask({ command: 'block_list', name: 'by-hand', path: list, format: null, durationMs: null });
  for (const one of becoming) await isLetIn(lab, one);
  assert.equal((await sentry.stop()).code, 0);

  // By a blocked file that somebody has left.
  const blocked = join(lab.directory, 'blocked');
  const line = ({ address }: Guarded) =>
    `${Math.floor(Date.now() / 1000)} - 11/28/2026 12:00:00 Host: ${address}/${address} Port: 1 TCP Blocked\n`;
  writeFileSync(`${blocked}.atcp`, all.map(line).join(''));
  const section = `portsentry: { style: "1.2", tcp_mode: atcp, blocked: ${blocked} }\n`;
  sentry = await start(
    `${yaml.replace(/^(responses|lists|memory):.*$/gm, '')}${section}memory: { path: off }\n`,
  );
  for (const { address, objection } of all)
    await sentry.waitForWarning(
      new RegExp(`^${address} is in the blocked file and let in: .*${objection.source}`),
    );
  await nobodyIsBlocked(sentry, 'of the blocked file');
  assert.equal((await sentry.stop()).code, 0);
  return forged;
}
