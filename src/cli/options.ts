import { basename, resolve } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { placesIn } from '../config/load.ts';
import { readInterfaceChoice } from '../config/places.ts';
import { modesOf, type PortsentryModes, parseModes } from '../config/portsentry/modes.ts';
import { REASON } from '../control/protocol.ts';
import { SentryError } from '../errors.ts';
import { parseDuration } from '../values/duration.ts';
import type { InterfaceChoice } from '../values/interface-choice.ts';
import { NAME } from '../values/name.ts';
import { formatPrefix, parsePrefix } from '../values/prefix.ts';

export const DEFAULT_SOCKET = '/run/xdpsentry/control.sock';

export const jsonOption = () => new Option('--json', 'print JSON');
export const socketOption = () =>
  new Option('--socket <path>', 'control socket').argParser(toAbsolute).default(DEFAULT_SOCKET);

/** A command that asks the running sentry: behind the socket that is named, or that of its configuration. */
export const askingCommand = (name: string): Command =>
  new Command(name)
    .addOption(socketOption())
    .addOption(
      new Option(
        '-c, --config <file>',
        'configuration of the sentry, which names its control socket',
      ).conflicts('socket'),
    )
    .addOption(jsonOption())
    .hook('preAction', (command) => {
      const { config } = command.opts<{ config?: string }>();
      if (config !== undefined) command.setOptionValue('socket', socketNamedIn(config));
    });

/** A sentry goes on by the policy that it has, whatever has become of the file: so one that cannot be read need not be in the way. */
function socketNamedIn(config: string): string {
  try {
    return placesIn(config).socket;
  } catch (error) {
    if (!(error instanceof SentryError)) throw error;
    const words = 'only its control socket is asked for here: --socket PATH names it without the file';
    throw new SentryError(error.code, `${error.detail}\n${words}`, { cause: error });
  }
}

/** `--interface eth0 --interface '!veth*'` */
export const interfaceOption = () =>
  new Option(
    '--interface <name>',
    'network interface, or a pattern as in the configuration; may be given several times',
  ).argParser(addInterface);

function addInterface(text: string, before: InterfaceChoice = []): InterfaceChoice {
  let why = '';
  try {
    if (readInterfaceChoice(text) !== undefined) return [...before, text];
  } catch (error) {
    why = ` (${(error as Error).message})`;
  }
  throw new InvalidArgumentError(`Write a name as in \`ip link\`, a pattern like eth*, or auto${why}.`);
}

/** Options of the commands that read a portsentry.conf. */
export type WithModes = { readonly modes?: PortsentryModes };

export const modesOption = () =>
  new Option(
    '--modes <modes>',
    'modes of a portsentry.conf, like atcp,audp or stealth (default: what the file and the service say)',
  ).argParser(readModes);

function readModes(text: string): PortsentryModes {
  const modes = parseModes(text);
  if (modes) return modes;
  throw new InvalidArgumentError(
    `Write one of ${modesOf.tcp.join(', ')}, one of ${modesOf.udp.join(', ')}, or both with a comma.`,
  );
}

export const toAbsolute = (path: string): string => resolve(path);

/** An address or prefix in its canonical text. */
export function parseSource(text: string): string {
  const prefix = parsePrefix(text);
  if (!prefix)
    throw new InvalidArgumentError('Write it like 198.51.100.7, 198.51.100.0/24 or 2001:db8::/64.');
  return formatPrefix(prefix);
}

export function parseListName(text: string): string {
  if (!NAME.test(text)) throw new InvalidArgumentError(`It is ${NAME_WORDS}.`);
  return text;
}

/** A name for the list in a file: the file's own without its ending, as far as a name goes. */
export function listNameOf(path: string): string {
  const name = basename(path)
    .toLowerCase()
    .replace(/(\.(txt|json|netset|ipset|list|gz))+$/, '')
    .replace(/[^a-z0-9_-]+/g, '-')
    .replace(/^[^a-z]+/, '')
    .slice(0, 32);
  if (NAME.test(name)) return name;
  throw new SentryError('XS_ERR_LIST_NAME', `${path} does not make one`);
}

const NAME_WORDS = 'a small letter, then up to 31 small letters, digits, - and _';

export function parseReason(text: string): string {
  if (!REASON.test(text)) throw new InvalidArgumentError('It is one line of 1 to 200 characters.');
  return text;
}

/** Milliseconds, or `forever`. */
export function parseFor(text: string): number | 'forever' {
  if (text === 'forever') return text;
  const ms = parseDuration(text);
  if (ms === undefined) throw new InvalidArgumentError('Write it like 30s, 10m, 1h30m, 7d or forever.');
  return ms;
}
