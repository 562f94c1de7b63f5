import assert from 'node:assert/strict';
import { addresses } from '../../../scripts/lab/lab.ts';
import { nmap } from '../../../scripts/lab/nmap.ts';
import {
  CONFIG,
  HISTORY,
  type Mode,
  type PortsentryHost,
  type Protocol,
  protocolOf,
} from '../../../scripts/lab/portsentry.ts';
import type { Running } from '../../../scripts/lab/process.ts';
import {
  type Case,
  configOf,
  lastSources,
  type Options,
  optionsOf,
  otherSource,
  type Service,
  type Step,
} from './case.ts';

const CONNECT = new URL('../../../scripts/lab/connect.ts', import.meta.url).pathname;
const BROADCAST = new URL('../../../scripts/lab/broadcast.ts', import.meta.url).pathname;
const OCCUPY = new URL('../../../scripts/lab/occupy.ts', import.meta.url).pathname;

/** Each port once and in order, slowly enough for PortSentry 1.2, which loses packets under load. */
const STEADY = '--disable-arp-ping -r --max-retries 0 --max-rate 50 --max-rtt-timeout 200ms'.split(' ');
/** Both watch them in every mode. */
const LAST_PORTS = { tcp: [1, 15, 79], udp: [1, 7, 9] } as const;

export const fileset = (one: Case) => ({ [CONFIG]: configOf(optionsOf(one)), ...one.files });

/** Plays a case on a host, to the end: when this is done all has been logged and written. */
export async function play(host: PortsentryHost, one: Case): Promise<void> {
  const { scanner } = host.lab;
  for (const source of [lastSources.udp, otherSource]) {
    await scanner.execute('ip', ['address', 'add', `${source}/24`, 'dev', scanner.interface]);
  }
  const services = new Map<Service, Running>();
  for (const step of one.before ?? []) await take(host, one, step, services);
  await host.start(one.modes);
  for (const step of one.steps) await take(host, one, step, services);
  for (const mode of one.modes) await scanLast(host, mode, optionsOf(one));
  await host.stop();
}

async function take(
  host: PortsentryHost,
  one: Case,
  step: Step,
  services: Map<Service, Running>,
): Promise<void> {
  const { scanner, sentry } = host.lab;
  if (typeof step === 'string') return await scan(host, step);
  if ('nmap' in step) return await scan(host, step.nmap, step.from);
  if ('answered' in step) return await answered(host, optionsOf(one), step.answered, step.protocol);
  if ('broadcast' in step) {
    await scanner.execute(process.execPath, [
      BROADCAST,
      addresses.scanner.ipv4,
      step.broadcast,
      String(step.port),
    ]);
  } else if ('occupy' in step) {
    const service = sentry.spawn(process.execPath, [OCCUPY, ...step.occupy.split('/').reverse()]);
    services.set(step.occupy, service);
    await service.waitFor(`a service at ${step.occupy}`, () => service.stdout.includes('ready'));
  } else {
    const service = services.get(step.free);
    assert.ok(service, `${step.free} is occupied before it is freed`);
    await service.stop();
  }
}

async function scan({ lab }: PortsentryHost, args: string, from?: string): Promise<void> {
  const source = from === undefined ? [] : ['-S', from, '-e', lab.scanner.interface];
  await nmap(lab.scanner, [...STEADY, ...args.split(' '), ...source, addresses.sentry.ipv4]);
}

/** Has another source scan until it must be answered, and waits until the answer is complete. */
async function scanLast(host: PortsentryHost, mode: Mode, options: Options): Promise<void> {
  const protocol = protocolOf(mode);
  const source = lastSources[protocol];
  const ports = LAST_PORTS[protocol].slice(0, Math.max(1, Number(options['SCAN_TRIGGER'] ?? 0)));
  if (mode === 'tcp') {
    for (const port of ports) {
      const args = [CONNECT, protocol, source, addresses.sentry.ipv4, String(port)];
      await host.lab.scanner.execute(process.execPath, args);
    }
  } else {
    const type = protocol === 'tcp' ? '-sS' : '-sU';
    await scan(host, `${type} -p ${ports.join(',')}`, source);
  }
  await answered(host, options, source, protocol);
}

/** Waits until a source has been answered as the configuration says: each response told of, and the history written. */
async function answered(
  host: PortsentryHost,
  options: Options,
  source: string,
  protocol: Protocol,
): Promise<void> {
  const count = responsesTo(options, protocol);
  await host.waitFor(`the answer to ${source}`, () => {
    const told = host.lines().filter((text) => isResponse(text) && text.includes(` ${source} `));
    return told.length >= count && host.read(HISTORY).includes(`/${source} `);
  });
}

/** A line that tells of one of the three responses. */
export const isResponse = (text: string): boolean =>
  /^attackalert: (Host \S+ has been blocked via (wrappers|dropped route)|External command run)/.test(text);

/** How many responses there are to a source, by the protocol that gave it away. */
function responsesTo(options: Options, protocol: Protocol): number {
  const block = options[`BLOCK_${protocol.toUpperCase()}`];
  const keys =
    block === '1' ? ['KILL_HOSTS_DENY', 'KILL_ROUTE', 'KILL_RUN_CMD'] : block === '2' ? ['KILL_RUN_CMD'] : [];
  return keys.filter((key) => options[key]).length;
}
