/** How the record of PortSentry 1.2 becomes what is expected of ours. Each belongs to a deviation. */
import { type Mode, protocolOf, protocols } from '../../../scripts/lab/portsentry.ts';
import { version } from '../../../src/version.ts';
import { type Case, optionsOf } from './case.ts';
import type { LogLine, Recorded } from './record.ts';

export type Rewrite = (recorded: Recorded, one: Case) => Recorded;

const SCAN = /^attackalert: .+ from host: \S+\/(\S+) to (TCP|UDP) port: \d+$/;
const ABOUT_ITSELF = /alert: PortSentry is /;

/** Every line of the log, by a pattern and what stands in its place. */
export const inLog =
  (pattern: RegExp, replacement: string): Rewrite =>
  (recorded) => ({
    ...recorded,
    log: recorded.log.map(({ pid, text }) => ({ pid, text: text.replace(pattern, replacement) })),
  });

export const startingLine = inLog(
  /^adminalert: PortSentry 1\.2 is/,
  `adminalert: PortSentry (xdpsentry ${version}) is`,
);

/** Nothing of a source after the line that it was blocked for: no line, no entry, no command. */
export const blockedIsDropped: Rewrite = (recorded, one) => {
  const options = optionsOf(one);
  const out = new Set<string>();
  const answered = new Set<string>();
  const isDropping = new Map<LogLine['pid'], boolean>();
  const log = recorded.log.filter(({ pid, text }) => {
    const [, source, protocol] = SCAN.exec(text) ?? [];
    if (source === undefined) return !isDropping.get(pid) || ABOUT_ITSELF.test(text);
    isDropping.set(pid, out.has(source));
    if (out.has(source)) return false;
    answered.add(`${source} ${protocol}`);
    if (options[`BLOCK_${protocol}`] === '1') out.add(source);
    return true;
  });
  const entry = /\/(\S+) Port: \d+ (TCP|UDP) Blocked$/;
  const isKept = (line: string) => answered.has(entry.exec(line)!.slice(1).join(' '));
  const isKeptCommand = (line: string) => {
    const [, source, , mode] = line.split(' ');
    return answered.has(`${source} ${protocolOf(mode as Mode).toUpperCase()}`);
  };
  return {
    ...recorded,
    log,
    history: recorded.history.filter(isKept),
    blocked: mapValues(recorded.blocked, (lines) => lines.filter(isKept)),
    commands: recorded.commands.filter(isKeptCommand),
  };
};

/** A line more for each source that is blocked. */
export const blockIsTold: Rewrite = (recorded, one) => {
  const options = optionsOf(one);
  const blocking = protocols.filter((protocol) => options[`BLOCK_${protocol.toUpperCase()}`] === '1');
  const sources = recorded.log.flatMap(({ text }) => {
    const [, source, protocol] = SCAN.exec(text) ?? [];
    return source && blocking.some((one) => one.toUpperCase() === protocol) ? [source] : [];
  });
  const told = [...new Set(sources)].map((source) => ({
    pid: undefined,
    text: `attackalert: Host ${source} has been blocked via XDP until it is lifted`,
  }));
  return { ...recorded, log: [...recorded.log, ...told] };
};

/** Lines about itself come once. */
export const oneProcess: Rewrite = (recorded, { modes }) =>
  modes.length === 1
    ? recorded
    : {
        ...recorded,
        log: recorded.log.filter(
          ({ text }, index, all) =>
            !/alert: PortSentry /.test(text) || all.findIndex((line) => line.text === text) === index,
        ),
      };

export const denyOnce: Rewrite = (recorded) => ({ ...recorded, hostsDeny: [...new Set(recorded.hostsDeny)] });

/** Too short a first fragment says nothing of flags. */
export const tinyFragments: Rewrite = (recorded, one) =>
  one.steps.some((step) => typeof step === 'string' && / -f( |$)/.test(step))
    ? inLog(/^attackalert: +TCP \S+ scan( from host: 198\.51\.100\.66)/, 'attackalert: TCP Fragment scan$1')(
        recorded,
        one,
      )
    : recorded;

/** What a case says by itself. */
export const differencesOf =
  (id: string): Rewrite =>
  (recorded, { differences = [] }) => {
    const changes = differences.filter(({ because }) => because === id);
    const isWithout = (text: string) => changes.some(({ without }) => without?.test(text));
    const more = changes.flatMap((change) => change.with ?? []).map((text) => ({ pid: undefined, text }));
    return {
      ...recorded,
      log: [...recorded.log.filter(({ text }) => !isWithout(text)), ...more],
      history: recorded.history.filter(
        (line) => !changes.some(({ withoutHistory }) => withoutHistory?.test(line)),
      ),
    };
  };

function mapValues<K extends string, V>(record: Readonly<Partial<Record<K, V>>>, change: (value: V) => V) {
  return Object.fromEntries(
    Object.entries(record).map(([key, value]) => [key, change(value as V)]),
  ) as Partial<Record<K, V>>;
}
