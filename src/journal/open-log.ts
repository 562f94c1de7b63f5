import type { Policy } from '../config/policy.ts';
import { UnixDatagram } from '../kernel/unix-datagram.ts';
import type { SentryEvent } from '../report/event.ts';
import { type Log, makeLog } from '../report/log.ts';
import { portsentryLog } from '../report/portsentry/log.ts';
import { syslogSink } from '../report/syslog.ts';
import { AppendFile } from '../store/append-file.ts';

/** A log file: those who look after the machine may read it. */
const LOG_MODE = 0o640;

import type { Severity } from '../report/syslog-message.ts';

type Sink = {
  write(line: string, severity: Severity): void;
  /** Lines that are not where they should be. */
  readonly lost: number;
  close(): unknown;
};

export type OpenLog = {
  tell(event: SentryEvent): void;
  readonly lost: number;
  /** Holds no line back from now on, however many there are: what will not be done any more is told by name. */
  release(): void;
  /** Resolves when everything that was told is written, or lost. */
  close(): Promise<void>;
};

export type OpenLogParts = {
  readonly policy: Policy;
  /** Takes what goes to standard output. */
  readonly write: (text: string) => void;
  readonly lookUp: ((address: string) => Promise<string>) | undefined;
  /** Takes the lines of PortSentry 2's history. */
  readonly onScanLine: (line: string) => void;
  /** Where to tell that the log itself fails. */
  readonly complain: (text: string) => void;
};

/** The log in the policy's format, to all the places that the policy names. Opens nothing before the first line. */
export function openLog(parts: OpenLogParts): OpenLog {
  const { policy, write, complain } = parts;
  const sinks = policy.log.to.map((place): Sink => {
    if (place === 'stdout') return { write: (line) => write(`${line}\n`), lost: 0, close: () => undefined };
    if (place !== 'syslog') return toFile(place, complain);
    const ident = policy.portsentry ? 'portsentry' : 'xdpsentry';
    return syslogSink({
      pid: process.pid,
      ident,
      open: (path) => UnixDatagram.open(path),
      onError: complain,
    });
  });
  const log = formatted(parts, (line, severity) => {
    for (const sink of sinks) sink.write(line, severity);
  });
  return {
    tell: (event) => log.tell(event),
    release: () => log.release(),
    get lost() {
      return sinks.reduce((sum, sink) => sum + sink.lost, 0);
    },
    async close() {
      log.flush();
      await log.settled?.();
      await Promise.all(sinks.map((sink) => sink.close()));
    },
  };
}

function toFile(path: string, warn: (text: string) => void): Sink {
  const file = new AppendFile(path, { mode: LOG_MODE, warn });
  return {
    write: (line) => file.append(line),
    get lost() {
      return file.lost;
    },
    close: () => file.close(),
  };
}

function formatted(
  { policy, lookUp, onScanLine }: OpenLogParts,
  write: (line: string, severity: Severity) => void,
): Log {
  const { format, level } = policy.log;
  const { portsentry } = policy;
  if (format !== 'portsentry') return makeLog({ format, level }, write);
  if (!portsentry) throw new TypeError('the log format portsentry goes with a section portsentry');
  const onLines = (event: SentryEvent, lines: readonly string[]) => {
    if (event.event === 'probe') lines.forEach(onScanLine);
  };
  return portsentryLog({ policy, portsentry, lookUp, write, onLines });
}
