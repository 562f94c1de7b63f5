import { canonicalAddress } from '../values/address.ts';

/** A source that was answered, as PortSentry records it. */
export type BlockedHost = {
  /** An IPv4 or IPv6 address. */
  readonly address: string;
  /** Its host name, or the address again. */
  readonly name: string;
  /** When: milliseconds since 1970. The files keep whole seconds. */
  readonly atMs: number;
  /** Of the probe that decided. */
  readonly port: number;
  readonly protocol: 'tcp' | 'udp';
};

const PLAIN_NAME = /^[A-Za-z0-9._:-]+$/;

/**
 * The line of PortSentry 1.2 in history and blocked file, without its end. fail2ban and people's scripts read it. The date is
 * in local time; a name that is none is left out in favour of the address.
 */
export function historyLine({ address, name, atMs, port, protocol }: BlockedHost): string {
  const date = new Date(atMs);
  const day = `${two(date.getMonth() + 1)}/${two(date.getDate())}/${String(date.getFullYear()).padStart(4, '0')}`;
  const shown = PLAIN_NAME.test(name) ? name : address;
  return `${Math.floor(atMs / 1000)} - ${day} ${clock(date)} Host: ${shown}/${address} Port: ${port} ${protocol.toUpperCase()} Blocked`;
}

const LINE =
  /^(?<seconds>\d{1,12}) - \d\d\/\d\d\/\d{4} \d\d:\d\d:\d\d Host: (?<name>\S+)\/(?<address>[0-9A-Fa-f.:]+) Port: (?<port>\d{1,5}) (?<protocol>TCP|UDP) Blocked$/;

/** What such a line says; undefined for any other. The seconds count, the date beside them is for people. */
export function readHistoryLine(line: string): BlockedHost | undefined {
  const found = LINE.exec(line)?.groups;
  const address = canonicalAddress(found?.['address'] ?? '');
  if (!found || !address || Number(found['port']) > 65_535) return undefined;
  return {
    address,
    name: found['name']!,
    atMs: Number(found['seconds']) * 1000,
    port: Number(found['port']),
    protocol: found['protocol'] === 'TCP' ? 'tcp' : 'udp',
  };
}

/** The line of PortSentry 2 in its history: local time to the millisecond, then what it logs of the probe. */
export function scanHistoryLine(atMs: number, scanLine: string): string {
  const date = new Date(atMs);
  const day = `${String(date.getFullYear()).padStart(4, '0')}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day}T${clock(date)}.${String(date.getMilliseconds()).padStart(3, '0')}${zone(date)} ${scanLine}`;
}

const two = (value: number): string => String(value).padStart(2, '0');

const clock = (date: Date): string =>
  `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;

/** `+0200`. JavaScript counts westwards. */
function zone(date: Date): string {
  const minutes = -date.getTimezoneOffset();
  const ahead = Math.abs(minutes);
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(ahead / 60))}${two(ahead % 60)}`;
}
