/** What a PortSentry has logged, written and run, without what differs from run to run: time, process numbers, order. */
import assert from 'node:assert/strict';
import {
  BLOCKED,
  COMMANDS,
  HISTORY,
  HOSTS_DENY,
  type Mode,
  type PortsentryHost,
} from '../../../scripts/lab/portsentry.ts';
import { isResponse } from './play.ts';

/** `pid` tells the daemons of one host apart. */
export type LogLine = { readonly pid: number | undefined; readonly text: string };

/** Lines in their order. */
export type Recorded = {
  readonly log: readonly LogLine[];
  readonly history: readonly string[];
  /** By mode. */
  readonly blocked: Readonly<Partial<Record<Mode, readonly string[]>>>;
  readonly hostsDeny: readonly string[];
  readonly commands: readonly string[];
};

const NOTICE_OF_DAEMON = 29;

export function record(host: PortsentryHost, modes: readonly Mode[]): Recorded {
  for (const line of host.log()) {
    assert.deepEqual([line.ident, line.priority], ['portsentry', NOTICE_OF_DAEMON], line.text);
  }
  return {
    log: host.log(),
    history: linesOf(host.read(HISTORY)).map(withoutTime),
    blocked: Object.fromEntries(
      modes.map((mode) => [mode, linesOf(host.read(`${BLOCKED}.${mode}`)).map(withoutTime)]),
    ),
    hostsDeny: linesOf(host.read(HOSTS_DENY)),
    commands: linesOf(host.read(COMMANDS)),
  };
}

/** The same for each order in which independent things may happen; the responses to one source keep theirs. */
export function sorted({ log, history, blocked, hostsDeny, commands }: Recorded) {
  const texts = log.map(({ text }) => text);
  return {
    log: texts.toSorted(),
    responses: Object.groupBy(texts.filter(isResponse), (text) => /\d+(\.\d+){3}/.exec(text)![0]),
    history: history.toSorted(),
    blocked: Object.fromEntries(Object.entries(blocked).map(([mode, lines]) => [mode, lines.toSorted()])),
    hostsDeny: hostsDeny.toSorted(),
    commands: Object.groupBy(commands, (line) => line.split(' ')[1] ?? line),
  };
}

const linesOf = (text: string): string[] => {
  assert.ok(text === '' || text.endsWith('\n'), `the last line is whole: ${text}`);
  return text.split('\n').slice(0, -1);
};

/** Both clocks of a line must say the same. */
function withoutTime(line: string): string {
  const found = /^(\d+) - (\d\d)\/(\d\d)\/(\d{4}) (\d\d:\d\d:\d\d) (.*)$/.exec(line);
  assert.ok(found, `a line of the history: ${line}`);
  const [, epoch, month, day, year, time, rest] = found;
  assert.equal(new Date(`${year}-${month}-${day}T${time}`).getTime(), Number(epoch) * 1000, line);
  return rest!;
}
