import { parsePorts } from '../../values/ports.ts';
import type { PacketFacts, ProbeFate, SentryEvent } from '../event.ts';
import { commonNotices } from './common.ts';
import type { PortsentryContext, PortsentryLine } from './line.ts';
import { inStyle2, type Notice } from './notice.ts';
import { tcpScanType } from './scan-type.ts';

/** The lines of PortSentry 2.x for this event. Every probe has its own; an alert adds only what that one does not say. */
export function style2Lines(event: SentryEvent, context: PortsentryContext): PortsentryLine[] {
  const notices = (): Notice[] => {
    switch (event.event) {
      case 'starting':
        return [status(`Portsentry (xdpsentry ${event.version}) is starting`)];
      case 'started':
        return [...listening(event, context), status('Portsentry is now active and listening.')];
      case 'probe':
        return [status(scanLine(event, event.fate, context.nameOf(event.address)))];
      case 'alert':
        return consequence(event, `${context.nameOf(event.address)}/${event.address}`);
      case 'stopped':
        return [status('Portsentry is shutting down')];
      default:
        return commonNotices(event, context);
    }
  };
  return notices().map(inStyle2);
}

function consequence({ action }: Extract<SentryEvent, { event: 'alert' }>, nameAndAddress: string): Notice[] {
  if (action === 'already_blocked') {
    return [{ tag: 'attackalert', text: `Host: ${nameAndAddress} is already blocked Ignoring` }];
  }
  if (action !== 'failed') return [];
  return [{ tag: 'attackalert', isError: true, text: `Error during target dispose ${nameAndAddress}!` }];
}

const status = (text: string): Notice => ({ tag: 'adminalert', text });

/** Sockets of the sentry's own, TCP first: what connect mode consists of. */
function listening(
  { busy }: Extract<SentryEvent, { event: 'started' }>,
  { policy }: PortsentryContext,
): Notice[] {
  return (['tcp', 'udp'] as const).flatMap((protocol) => {
    const taken = parsePorts(busy?.[protocol] ?? '');
    const NAME = protocol.toUpperCase();
    return [...policy.listen[protocol]].map((port): Notice => {
      if (!taken.has(port)) return status(`Listen on AF_INET6: ${NAME} port: ${port}`);
      return { ...status(`Could not bind ${NAME} socket: ${port}. Attempting to continue`), isError: true };
    });
  });
}

const FLAGS = ['ignored', 'triggered', 'noblock', 'blocked'] as const;

/** Values of the four flags, in their order. */
const FATES = {
  ignored: ['true', 'unset', 'unset', 'unset'],
  below_trigger: ['false', 'false', 'unset', 'unset'],
  not_blocked: ['false', 'true', 'true', 'false'],
  blocked: ['false', 'true', 'false', 'true'],
  failed: ['false', 'true', 'false', 'false'],
} as const satisfies Record<ProbeFate, readonly string[]>;

const IP_OPTIONS = { true: 'set', false: 'not set', undefined: 'unknown' } as const;

function scanLine(packet: PacketFacts, fate: ProbeFate, name: string): string {
  const { address, protocol, port } = packet;
  const flags = FLAGS.map((flag, index) => `${flag}: [${FATES[fate][index]}]`).join(' ');
  const options = IP_OPTIONS[`${packet.ipOptions}`];
  return `Scan from: [${address}] (${name}) protocol: [${protocol.toUpperCase()}] port: [${port}] type: [${typeOf(packet)}] IP opts: [${options}] ${flags}`;
}

function typeOf(packet: PacketFacts): string {
  if (packet.kind === 'connect') return 'Connect';
  return packet.protocol === 'udp' ? 'UDP' : tcpScanType(packet, '2');
}
