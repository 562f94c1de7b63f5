import { type Sender, type Severity, syslogMessage } from './syslog-message.ts';

/** RFC 3164's number of the daemons. */
const DAEMON = 3;
/** While syslog is absent it is looked for at most so often. */
const RETRY_MS = 1000;
/** While syslog is too slow it is told so at most so often: each telling takes the room of a line. */
const TELL_MS = 1000;
/** Errors of send() with which the socket is still good: no room just now, or not for a datagram of that size. */
const STILL_GOOD = new Set(['EAGAIN', 'ENOBUFS', 'ENOMEM', 'EMSGSIZE']);

/** A socket that sends datagrams and never waits, such as the addon's UnixDatagram. What it throws has an errno's name as `code`. */
export type DatagramSocket = { send(data: Uint8Array): void; close(): void };

export type SyslogOptions = Partial<Sender> & {
  readonly pid: number;
  /** Of syslog's socket; default /dev/log. */
  readonly path?: string;
  readonly open: (path: string) => DatagramSocket;
  /** Told once when nobody takes messages at `path`, and again only after it worked. */
  readonly onError: (message: string) => void;
  /** Wall clock, in milliseconds. */
  readonly now?: () => number;
};

export type SyslogSink = {
  write(line: string, severity: Severity): void;
  /** Lines that syslog did not take since the start. */
  readonly lost: number;
  /** As closelog(3): a later line would open the socket again. */
  close(): void;
};

/**
 * Sends lines to syslog as PortSentry does, each a datagram, and never waits nor throws: a line that syslog does not take now
 * is lost. How many were lost is told in syslog itself as soon as it takes lines again. Opens with the first line, and anew
 * with the next one after syslog was restarted.
 */
export function syslogSink(options: SyslogOptions): SyslogSink {
  const { path = '/dev/log', ident = 'portsentry', facility = DAEMON, pid, now = Date.now } = options;
  let socket: DatagramSocket | undefined;
  let failedMs: number | undefined; // until a line gets through
  let toldMs: number | undefined;
  let lost = 0;
  let untold = 0;

  // By its amount: a clock that was set back must not make anything wait for hours.
  const isRecent = (ms: number | undefined, spanMs: number) =>
    ms !== undefined && Math.abs(now() - ms) < spanMs;

  const disconnect = () => {
    socket?.close();
    socket = undefined;
  };

  /** Throws what open() and send() throw. */
  const send = (data: Uint8Array): void => {
    if (socket) {
      try {
        socket.send(data);
        return;
      } catch (error) {
        if (isStillGood(error)) throw error;
        disconnect(); // syslog was restarted, most likely: there is a new socket at the path
      }
    }
    socket = options.open(path);
    socket.send(data);
  };

  const deliver = (text: string, severity: Severity): boolean => {
    if (!socket && isRecent(failedMs, RETRY_MS)) return false;
    try {
      send(syslogMessage({ facility, ident, pid }, severity, text, now()));
      failedMs = undefined;
      return true;
    } catch (error) {
      if (!isStillGood(error)) {
        disconnect();
        if (failedMs === undefined) options.onError(explain(path, error));
        failedMs = now();
      }
      return false;
    }
  };

  const tellLosses = () => {
    if (untold === 0 || !deliver(wordsFor(untold), 'notice')) return;
    untold = 0;
    toldMs = now();
  };

  return {
    write(line, severity) {
      if (!isRecent(toldMs, TELL_MS)) tellLosses();
      if (deliver(line, severity)) return;
      lost++;
      untold++;
    },
    get lost() {
      return lost;
    },
    close() {
      tellLosses();
      disconnect();
    },
  };
}

const isStillGood = (error: unknown) => STILL_GOOD.has((error as NodeJS.ErrnoException).code ?? '');

const wordsFor = (lines: number) =>
  `adminalert: ${lines} log ${lines === 1 ? 'line was' : 'lines were'} lost while syslog did not take ${lines === 1 ? 'it' : 'them'}`;

const explain = (path: string, error: unknown) =>
  `syslog takes no lines at ${path}: ${(error as Error).message}; they are lost until a syslog daemon listens there`;
