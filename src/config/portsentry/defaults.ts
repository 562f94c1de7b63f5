import { SentryError } from '../../errors.ts';
import { quote } from '../found.ts';
import { modesOf, namesMode, type PortsentryModes } from './modes.ts';

/** Where Debian's service looks for the modes of PortSentry 1.2. */
export const DEFAULTS_PATH = '/etc/default/portsentry';

const ASSIGNMENT = /^\s*(?:export\s+)?(TCP_MODE|UDP_MODE)=(?:"([^"]*)"|'([^']*)'|([^\s#;"']*))/;

/**
 * The modes that a shell would find in /etc/default/portsentry; of two assignments the last counts, empty is no mode.
 * Throws XS_ERR_CONFIG for what Debian's service does not start with: another word, or no mode at all.
 */
export function readDefaults(text: string, path: string): PortsentryModes {
  const found = { TCP_MODE: { line: 1, mode: '' }, UDP_MODE: { line: 1, mode: '' } };
  text.split(/\r?\n/).forEach((content, index) => {
    const [, key, ...values] = ASSIGNMENT.exec(content) ?? [];
    if (key === 'TCP_MODE' || key === 'UDP_MODE')
      found[key] = { line: index + 1, mode: values.find((value) => value !== undefined) ?? '' };
  });
  const modes = { tcp: known('tcp', found.TCP_MODE, path), udp: known('udp', found.UDP_MODE, path) };
  if (namesMode(modes)) return modes;
  const message =
    'names no mode, so nothing would be watched; set TCP_MODE or UDP_MODE there, or say --modes';
  throw new SentryError('XS_ERR_CONFIG', `${path}:${found.TCP_MODE.line}: ${message}`);
}

function known<P extends 'tcp' | 'udp'>(
  protocol: P,
  { line, mode }: { readonly line: number; readonly mode: string },
  path: string,
): (typeof modesOf)[P][number] | undefined {
  if (mode === '') return undefined;
  const allowed = modesOf[protocol].slice(0, 3) as readonly (typeof modesOf)[P][number][];
  const meant = allowed.find((each) => each === mode);
  if (meant) return meant;
  throw new SentryError(
    'XS_ERR_CONFIG',
    `${path}:${line}: ${quote(mode)} is no mode; write ${allowed.join(', ')} or nothing`,
  );
}
