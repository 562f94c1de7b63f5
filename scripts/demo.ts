/**
 * The demonstration: nmap scans ports 1 to 1024 of a host, first without and then with the sentry. Both hosts are network
 * namespaces on a wire of their own, which are gone when this ends, also after Ctrl-C.
 */
import { addresses, Lab } from './lab/lab.ts';
import { learnedPorts, nmap } from './lab/nmap.ts';
import { LabSentry, metricValue } from './lab/sentry.ts';

const POLICY = `
mode: enforce
rules:
  - name: instant
    kinds: any
    instant: true
    block_for: 10m
`;
const SCAN = [
  '-sS',
  '-p',
  '1-1024',
  '-T4',
  '--min-rate',
  '1000',
  '--max-retries',
  '1',
  addresses.sentry.ipv4,
];
const SERIES = [
  'xdpsentry_packets_total{verdict="drop",reason="blocked"}',
  'xdpsentry_packets_total{verdict="pass",reason="probe"}',
  'xdpsentry_probes_total{protocol="tcp",kind="syn"}',
  'xdpsentry_alerts_total{rule="instant"}',
  'xdpsentry_blocks{origin="local",family="ipv4"}',
  'xdpsentry_reaction_seconds_sum',
  'xdpsentry_reaction_seconds_count',
];

const say = (text: string) => console.log(text);
const title = (text: string) => console.log(process.stdout.isTTY ? `\n\x1b[1m${text}\x1b[0m` : `\n${text}`);

async function demonstrate(lab: Lab): Promise<void> {
  title('A host with a web server on port 80; a scanner on the same wire');
  const server = lab.sentry.spawn(process.execPath, ['-e', SERVE_80]);
  await server.waitFor('the web server', () => server.stdout.includes('ready'));
  say(`host     ${addresses.sentry.ipv4} in network namespace ${lab.sentry.namespace}`);
  say(`scanner  ${addresses.scanner.ipv4} in network namespace ${lab.scanner.namespace}`);

  title(`1. Without the sentry: nmap ${SCAN.join(' ')}`);
  const without = learnedPorts(await nmap(lab.scanner, SCAN));
  say(`nmap learned the state of ${without.count} of 1024 ports`);

  title(
    '2. With the sentry: xdpsentry run --enforce, one rule "instant": one probe to an unused port is enough',
  );
  say(POLICY.trim().replace(/^/gm, '  '));
  const sentry = await LabSentry.start(lab, POLICY);
  const before = await sentry.metrics();
  say(`\nnmap ${SCAN.join(' ')}`);
  const withSentry = learnedPorts(await nmap(lab.scanner, SCAN));
  const alert = await sentry.waitForLine('the alert', ({ event }) => event === 'alert');
  const block = await sentry.waitForLine('the block', ({ event }) => event === 'blocked');

  title('The alert and the block, as the log tells them');
  for (const { time, msg } of [alert, block]) say(`${time} ${msg}`);
  title('xdpsentry blocks');
  say((await sentry.text('blocks')).trimEnd());
  title('What nmap learned');
  say(`without the sentry  ${String(without.count).padStart(4)} of 1024 ports`);
  say(
    `with the sentry     ${String(withSentry.count).padStart(4)} of 1024 ports: ${withSentry.named.join(', ')}`,
  );
  say('(80 is served: asking for it is no probe. Of the others, the one that gave the scan away.)');
  title('Metrics that moved');
  const after = await sentry.metrics();
  for (const series of SERIES)
    say(`${series}  ${metricValue(before, series)} -> ${metricValue(after, series)}`);

  await sentry.stop();
  if (block['source'] !== addresses.scanner.ipv4 || withSentry.count >= without.count) {
    throw new Error('the scanner was not blocked: this is a bug');
  }
}

const SERVE_80 = `require('node:net').createServer((socket) => socket.end()).listen(80, () => console.log('ready'))`;

if (process.geteuid?.() !== 0) {
  console.error('demo: needs root, for network namespaces and XDP');
  process.exit(3);
}
let creating: Promise<Lab> | undefined;
let interrupted = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    if (interrupted) return;
    interrupted = true;
    say('\ninterrupted: cleaning up');
    // Ends what the demonstration waits for, and with it the demonstration.
    void creating?.then((made) => made.dispose());
  });
}
creating = Lab.create();
const lab = await creating;
try {
  await demonstrate(lab);
} catch (error) {
  if (!interrupted) console.error(`demo: ${(error as Error).message}`);
  process.exitCode = interrupted ? 130 : 1;
} finally {
  await lab.dispose();
  const left = await lab.leftovers();
  title(
    left.length === 0
      ? 'Cleaned up: no namespace, link, pin or process is left'
      : `Left behind: ${left.join(', ')}`,
  );
}
