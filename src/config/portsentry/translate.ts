import type { Transport } from '../../detect/probe.ts';
import { SentryError } from '../../errors.ts';
import type { ConfigText } from '../schema.ts';
import { rulesOf } from './answers.ts';
import { chooseModes, type ModeSources } from './choose-modes.ts';
import { recognise } from './dialect.ts';
import { bannerOf, ignoreFilesOf, interfacesOf, pathOf } from './files.ts';
import { readLines } from './lines.ts';
import type { PortsentryModes, Style } from './modes.ts';
import { type Note, type Notes, takeNotes } from './notes.ts';
import { readNumber } from './numbers.ts';
import { responsesOf } from './responses.ts';
import { type Settings, settle } from './settings.ts';
import { type Watching, watch } from './watching.ts';

/**
 * Blocks without end, each with its responses and its line in a file, take some 3 KB of memory: with so many forged sources
 * the sentry needs 400 MB. Then the oldest makes room.
 */
const BLOCKS = 131_072;

/** What a caller may know better than the text. */
export type ReadOptions = ModeSources & { readonly style?: Style | undefined };

/** A portsentry.conf in words of the YAML file. */
export type PortsentryReading = {
  /** What the same sentry would have in a YAML file. */
  readonly document: ConfigText;
  readonly style: Style;
  /** Modes of the protocols that are watched. */
  readonly modes: PortsentryModes;
  readonly notes: readonly Note[];
};

/**
 * Reads a portsentry.conf of either version. Whatever is wrong with it becomes a note and changes as little as can be;
 * only where nothing would be watched at all it throws XS_ERR_CONFIG, with `origin` and the line. Throws XS_ERR_USAGE for
 * modes that do not go together.
 */
export function readPortsentry(text: string, origin: string, options: ReadOptions = {}): PortsentryReading {
  const notes = takeNotes();
  const lines = readLines(text);
  const dialect = recognise(lines, options);
  const { style } = dialect;
  const settings = settle(lines, style, notes);
  const wanted = chooseModes(settings, dialect, options, notes);
  const watching = {
    tcp: watch('tcp', wanted.tcp, settings, style, notes),
    udp: watch('udp', wanted.udp, settings, style, notes),
  };
  const modes = watchedModes(watching, { wanted, style, settings, origin }, notes);
  const document = {
    mode: 'enforce',
    ...optional('interface', interfacesOf(settings, notes)),
    monitor: {
      ...monitored(watching),
      sctp: 'off',
      protocols: 'off',
      ping: 'off',
      served: 'nothing',
      late_answers: 'count',
    },
    ...listening(watching, settings, notes),
    ignore_files: ignoreFilesOf(settings, style, notes),
    rules: rulesOf(modes, settings, style, notes),
    guard: { decoys: false },
    campaign: 'off',
    escalation: 'off',
    ...optional('responses', responsesOf(settings, notes)),
    portsentry: sectionOf(modes, settings, style, notes),
    memory: { path: 'off' }, // the blocked file is what such a sentry goes by, and people edit it
    tables: { blocks: BLOCKS },
    log: { format: 'portsentry', to: [style === '1.2' ? 'syslog' : 'stdout'] },
  } satisfies ConfigText;
  return { document, style, modes, notes: notes.taken() };
}

type Both = Readonly<Record<Transport, Watching>>;

type Wanted = {
  readonly wanted: PortsentryModes;
  readonly style: Style;
  readonly settings: Settings;
  readonly origin: string;
};

/** The modes of what is watched; a protocol that is wanted and has no port is told of, and both of them end here. */
function watchedModes(
  watching: Both,
  { wanted, style, settings, origin }: Wanted,
  notes: Notes,
): PortsentryModes {
  const reasons = [watching.tcp, watching.udp].flatMap((each) => ('nothing' in each ? [each.nothing] : []));
  if (reasons.length === 2) {
    const line = settings.get('TCP_PORTS')?.line ?? settings.get('UDP_PORTS')?.line ?? 1;
    const message = `nothing would be watched: ${reasons.join(', and ')}; name ports to watch`;
    throw new SentryError('XS_ERR_CONFIG', `${origin}:${line}: ${message}`);
  }
  const on = (['tcp', 'udp'] as const).filter((protocol) => !('nothing' in watching[protocol]));
  // PortSentry 2 has one mode for both protocols, so a list that is not there says plainly enough what is meant.
  const isMeant = style === '2' && !(settings.has('TCP_PORTS') && settings.has('UDP_PORTS'));
  if (on.length === 1 && wanted.tcp !== undefined && wanted.udp !== undefined && !isMeant)
    notes.warning(0, `${on[0] === 'tcp' ? 'UDP' : 'TCP'} is not watched: ${reasons[0]}`);
  return {
    tcp: on.includes('tcp') ? wanted.tcp : undefined,
    udp: on.includes('udp') ? wanted.udp : undefined,
  };
}

const monitored = (watching: Both) => {
  const one = (watched: Watching) => ('unused' in watched ? watched.unused : ('off' as const));
  return { tcp: one(watching.tcp), udp: one(watching.udp) };
};

/** `listen`, when the sentry listens anywhere. */
function listening(watching: Both, settings: Settings, notes: Notes): Pick<ConfigText, 'listen'> {
  const { tcp, udp } = watching;
  const ports = {
    ...('listen' in tcp && { tcp: tcp.listen }),
    ...('listen' in udp && { udp: udp.listen }),
  };
  if (!('tcp' in ports || 'udp' in ports)) return {};
  return { listen: { ...ports, ...optional('banner', bannerOf(settings, notes)) } };
}

/** The section with files, words and modes. */
function sectionOf(modes: PortsentryModes, settings: Settings, style: Style, notes: Notes) {
  const resolve = settings.get('RESOLVE_HOST');
  const resolves = readNumber(resolve, notes) !== 0;
  if (resolve && resolves && style === '2')
    notes.difference(
      resolve.line,
      'names of sources are looked up; PortSentry 2 has the option and never does it',
    );
  return {
    style,
    ...optional('tcp_mode', modes.tcp),
    ...optional('udp_mode', modes.udp),
    ...optional('history', pathOf('HISTORY_FILE', settings, style, notes)),
    ...optional('blocked', pathOf('BLOCKED_FILE', settings, style, notes)),
    ...(resolves && { resolve_host: true }),
  };
}

/** `{ key: value }`, or nothing at all for undefined. */
const optional = <K extends string, T>(key: K, value: T | undefined): { readonly [P in K]?: T } =>
  (value === undefined ? {} : { [key]: value }) as { readonly [P in K]?: T };
