import { SentryError } from '../errors.ts';
import { toPolicy } from './build.ts';
import { pathText, readYaml } from './document.ts';
import { MAX_BYTES, notText, readBytesIfThere, readWithDoubt, tooLarge, utf8 } from './file-text.ts';
import { reachesOut } from './needs.ts';
import type { Policy } from './policy.ts';
import { DEFAULTS_PATH } from './portsentry/defaults.ts';
import { looksLike } from './portsentry/lines.ts';
import { namesMode } from './portsentry/modes.ts';
import type { Note } from './portsentry/notes.ts';
import { type PortsentryReading, type ReadOptions, readPortsentry } from './portsentry/translate.ts';
import { problemsOf, report } from './problems.ts';
import { type ConfigText, configSchema } from './schema.ts';

/** What a caller may know better than a portsentry.conf: modes and version. A YAML file takes neither. */
export type PolicyOverrides = Pick<ReadOptions, 'modes' | 'style'> & {
  /** Where Debian's service looks for the modes; default: /etc/default/portsentry. */
  readonly defaultsPath?: string;
};

/** A policy, and what there is to say about the file that it came from. */
export type LoadedPolicy = {
  readonly policy: Policy;
  readonly format: 'yaml' | 'portsentry';
  /** About a portsentry.conf; a YAML file is right or wrong. */
  readonly notes: readonly Note[];
  /** Who else may change the file, and what to do about it; undefined: nobody, or there is none. */
  readonly doubt: string | undefined;
};

/** The policy of a sentry without a configuration file. */
export const defaultPolicy = (): Policy => parsePolicy('', 'built-in default');

/** The policy in the file at `path`, which is YAML or a portsentry.conf: its lines tell. */
export const loadPolicy = (path: string, overrides?: PolicyOverrides): Policy =>
  loadPolicyWithNotes(path, overrides).policy;

/**
 * The same, with what there is to say about it. Throws XS_ERR_CONFIG_READ, XS_ERR_CONFIG, XS_ERR_CONFIG_UNSAFE when somebody else could
 * have commands run by it, or lines written, and XS_ERR_USAGE for overrides that the file does not take.
 */
export function loadPolicyWithNotes(path: string, overrides: PolicyOverrides = {}): LoadedPolicy {
  const { text, doubt } = textOf(path, overrides);
  const loaded = parse(text, path, withDefaults(overrides));
  if (doubt !== undefined && reachesOut(loaded.policy)) throw new SentryError('XS_ERR_CONFIG_UNSAFE', doubt);
  return { ...loaded, doubt };
}

/** Where to find the sentry of the file, and what it remembers. Nothing else is done with it, so it is no matter who may change it. */
export function placesIn(path: string): Pick<Policy, 'socket' | 'memory'> {
  const { socket, memory } = parse(textOf(path, {}).text, path, withDefaults({})).policy;
  return { socket, memory };
}

/** The policy in a text. `origin` names the text in messages: all that is wrong with it comes at once. */
export const parsePolicy = (text: string, origin: string, options?: ReadOptions): Policy =>
  parsePolicyWithNotes(text, origin, options).policy;

/** The same, with what there is to say about it. */
export function parsePolicyWithNotes(text: string, origin: string, options: ReadOptions = {}): LoadedPolicy {
  if (Buffer.byteLength(text) > MAX_BYTES) throw tooLarge(origin);
  return { ...parse(text, origin, options), doubt: undefined };
}

/** A portsentry.conf in words of the YAML file; undefined when the file at `path` is YAML itself. */
export function loadPortsentry(path: string, overrides: PolicyOverrides = {}): PortsentryReading | undefined {
  const { text } = textOf(path, overrides);
  return isPortsentry(text, overrides) ? readPortsentry(text, path, withDefaults(overrides)) : undefined;
}

function parse(text: string, origin: string, options: ReadOptions): Omit<LoadedPolicy, 'doubt'> {
  if (isPortsentry(text, options)) {
    const { document, notes } = readPortsentry(text, origin, options);
    return { policy: policyOf(document, origin), format: 'portsentry', notes };
  }
  if (options.style || namesMode(options.modes))
    throw new SentryError('XS_ERR_USAGE', `modes are for a portsentry.conf, and ${origin} is YAML`);
  return { policy: parseYaml(text, origin), format: 'yaml', notes: [] };
}

/** By way of the same schema as a YAML file: there is one way to a policy. */
function policyOf(document: ConfigText, origin: string): Policy {
  const { success, data, error } = configSchema.safeParse(document);
  if (success) return toPolicy(data, origin);
  const [issue] = error.issues; // readPortsentry has let something through
  throw new SentryError('XS_ERR_CONFIG', `${origin}:1: ${pathText(issue?.path ?? [])}: ${issue?.message}`);
}

function parseYaml(text: string, origin: string): Policy {
  const yaml = readYaml(text.replace(/^\uFEFF/, ''));
  const parsed = configSchema.safeParse(yaml.value ?? {});
  if (parsed.success && yaml.problems.length === 0) return toPolicy(parsed.data, origin);
  const problems = [...yaml.problems, ...problemsOf(parsed.error?.issues ?? [], yaml)];
  throw new SentryError('XS_ERR_CONFIG', report(problems, origin, yaml));
}

/** A text without settings and YAML keys is a portsentry.conf for whoever asks for PortSentry's modes. */
function isPortsentry(text: string, { modes, style }: PolicyOverrides): boolean {
  const looks = looksLike(text);
  return looks === 'portsentry' || (looks === 'neither' && (style !== undefined || namesMode(modes)));
}

/** The text of a file: UTF-8, or in a portsentry.conf, which may be older than that, Latin-1. */
function textOf(path: string, overrides: PolicyOverrides): { text: string; doubt: string | undefined } {
  const { bytes, doubt } = readWithDoubt(path);
  const text = utf8(bytes);
  if (text !== undefined) return { text, doubt };
  const old = bytes.toString('latin1');
  if (isPortsentry(old, overrides)) return { text: old, doubt };
  throw notText(path, bytes);
}

/** With the modes that Debian's service would take; they are asked for only where they matter. */
function withDefaults({ modes, style, defaultsPath = DEFAULTS_PATH }: PolicyOverrides): ReadOptions {
  const defaults = () => {
    const bytes = readBytesIfThere(defaultsPath);
    return bytes && { path: defaultsPath, text: bytes.toString('latin1') };
  };
  return { modes, style, defaults };
}
