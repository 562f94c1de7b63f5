import { InvalidArgumentError, Option } from 'commander';
import { parseDuration } from '../values/duration.ts';
import { formatPrefix, parsePrefix } from '../values/prefix.ts';

export const DEFAULT_SOCKET = '/run/xdpsentry/control.sock';

export const jsonOption = () => new Option('--json', 'print JSON');
export const socketOption = () => new Option('--socket <path>', 'control socket').default(DEFAULT_SOCKET);

/** An address or prefix in its canonical text. */
export function parseSource(text: string): string {
  const prefix = parsePrefix(text);
  if (!prefix)
    throw new InvalidArgumentError('Write it like 198.51.100.7, 198.51.100.0/24 or 2001:db8::/64.');
  return formatPrefix(prefix);
}

/** Milliseconds, or `forever`. */
export function parseFor(text: string): number | 'forever' {
  if (text === 'forever') return text;
  const ms = parseDuration(text);
  if (ms === undefined) throw new InvalidArgumentError('Write it like 30s, 10m, 1h30m, 7d or forever.');
  return ms;
}
