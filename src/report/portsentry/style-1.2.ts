import { transportOf } from '../../detect/probe.ts';
import type { SentryEvent } from '../event.ts';
import { commonNotices } from './common.ts';
import type { PortsentryContext } from './line.ts';
import { inStyle12 } from './notice.ts';
import { tcpScanType } from './scan-type.ts';
import { startLines12 } from './start-1.2.ts';

const FAREWELL = [
  'securityalert: PortSentry is shutting down',
  'adminalert: PortSentry is shutting down',
] as const;

type Alert = Extract<SentryEvent, { event: 'alert' }>;

/** The lines of PortSentry 1.2 for this event, all of them notices to syslog. None for single probes: it logs no such thing. */
export function style12Lines(event: SentryEvent, context: PortsentryContext): string[] {
  switch (event.event) {
    case 'starting':
      return [`adminalert: PortSentry (xdpsentry ${event.version}) is starting.`];
    case 'started':
      return startLines12(event, context.policy, context.portsentry);
    case 'alert':
      return alertLines(event, context);
    case 'failed':
      return [`adminalert: ERROR: ${event.text}`, ...FAREWELL];
    case 'stopped':
      return [...FAREWELL];
    default:
      return commonNotices(event, context).map(inStyle12);
  }
}

function alertLines(alert: Alert, { nameOf, portsentry }: PortsentryContext): string[] {
  const nameAndAddress = `${nameOf(alert.address)}/${alert.address}`;
  const port = `${alert.protocol.toUpperCase()} port: ${alert.port}`;
  const options = `Packet from host: ${nameAndAddress} to ${port} has IP options set (detection avoidance technique).`;
  return [
    `attackalert: ${whatCame(alert)} from host: ${nameAndAddress} to ${port}`,
    ...(alert.ipOptions ? [`attackalert: ${options}`] : []),
    ...consequence(alert, nameAndAddress, portsentry.modes[transportOf(alert.protocol)]),
  ];
}

function whatCame(alert: Alert): string {
  if (alert.kind === 'connect') return 'Connect';
  return alert.protocol === 'udp' ? 'UDP scan' : tcpScanType(alert, '1.2');
}

/** Nothing where a response speaks for itself, or the rule only tells. A connection has words of its own: see OSSEC's rules. */
function consequence(alert: Alert, nameAndAddress: string, mode: string | undefined): string[] {
  const isConnection = alert.kind === 'connect';
  switch (alert.action) {
    case 'already_blocked':
      return isConnection
        ? [`attackalert: Host: ${alert.address} is already blocked. Ignoring`]
        : [`attackalert: Host: ${nameAndAddress} is already blocked Ignoring`];
    case 'record':
      return [
        `attackalert: Ignoring ${alert.protocol.toUpperCase()} response per configuration file setting.`,
      ];
    case 'failed': {
      if (isConnection) return [`attackalert: ERROR: Could not block host ${alert.address} !!`];
      const blank = mode === 'stcp' ? ' ' : ''; // only this mode of the real one writes it
      return [`attackalert: ERROR: Could not block host ${nameAndAddress}${blank}!!`];
    }
    case 'guarded':
      return [`adminalert: Host: ${nameAndAddress} is guarded and will not be blocked.`];
    case 'would_block':
      return [`adminalert: Host: ${nameAndAddress} would be blocked (observe mode).`];
    case 'alert':
    case 'command':
    case 'block':
      return [];
  }
}
