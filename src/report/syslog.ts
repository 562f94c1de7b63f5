import { setTimeout as sleep } from 'node:timers/promises';
import { type Sender, type Severity, syslogMessage } from './syslog-message.ts';

/** RFC 3164's number of the daemons. */
const DAEMON = 3;
/** While syslog is absent it is looked for at most so often. */
const RETRY_MS = 1000;
/** While syslog is too slow it is told so at most so often: each telling takes the room of a line. */
const TELL_MS = 1000;
/** Errors of send() that pass: there is no room just now. The kernel holds net.unix.max_dgram_qlen datagrams, 10 as it comes. */
const FULL = new Set(['EAGAIN', 'ENOBUFS', 'ENOMEM']);
/** Lines that wait for room: syslog(3) makes its caller wait, which is not for us. */
const MAX_QUEUED = 10_000;
/** How soon it is tried again. */
const ROOM_MS = 2;
/** How long `close` waits for room. */
const CLOSE_MS = 500;

/** A socket that sends datagrams and never waits, such as the addon's UnixDatagram. What it throws has an errno's name as `code`. */
export type DatagramSocket = { send(data: Uint8Array): void; close(): void };

export type SyslogOptions = Partial<Sender> & {
  readonly pid: number;
  /** Of syslog's socket; default /dev/log. */
  readonly path?: string;
  readonly open: (path: string) => DatagramSocket;
  /** Told once when nobody takes messages at `path`, and again only after it worked. */
  readonly onError: (message: string) => void;
  readonly maxQueued?: number;
  /** Wall clock, in milliseconds. */
  readonly now?: () => number;
};

export type SyslogSink = {
  write(line: string, severity: Severity): void;
  /** Lines that syslog did not take since the start. */
  readonly lost: number;
  /** Resolves when syslog has taken what waits, or half a second is over. As with closelog(3), a later line opens it again. */
  close(): Promise<void>;
};

/**
 * Sends lines to syslog as PortSentry does, each a datagram, and never waits nor throws. Lines that syslog has no room for
 * just now queue in memory; what the queue has no room for, and what nobody takes, is lost. How many were lost is told in syslog itself as soon as it takes lines again. Opens with the first line, and anew
 * with the next one after syslog was restarted.
 */
export function syslogSink(options: SyslogOptions): SyslogSink {
  const {
    path = '/dev/log',
    ident = 'portsentry',
    facility = DAEMON,
    pid,
    maxQueued = MAX_QUEUED,
    now = Date.now,
  } = options;
  let socket: DatagramSocket | undefined;
  let failedMs: number | undefined; // until a line gets through
  let toldMs: number | undefined;
  let lost = 0;
  let untold = 0;
  const queue: { readonly line: string; readonly severity: Severity; readonly atMs: number }[] = [];
  let timer: NodeJS.Timeout | undefined;

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
        if (isFull(error) || isTooLong(error)) throw error;
        disconnect(); // syslog was restarted, most likely: there is a new socket at the path
      }
    }
    socket = options.open(path);
    socket.send(data);
  };

  const deliver = (text: string, severity: Severity, atMs: number): 'taken' | 'later' | 'lost' => {
    if (!socket && isRecent(failedMs, RETRY_MS)) return 'lost';
    try {
      send(syslogMessage({ facility, ident, pid }, severity, text, atMs));
      failedMs = undefined;
      return 'taken';
    } catch (error) {
      if (isFull(error)) return 'later';
      if (!isTooLong(error)) {
        disconnect();
        if (failedMs === undefined) options.onError(explain(path, error));
        failedMs = now();
      }
      return 'lost';
    }
  };

  const lose = (lines: number) => {
    lost += lines;
    untold += lines;
  };

  const tellLosses = () => {
    if (untold === 0 || deliver(wordsFor(untold), 'notice', now()) !== 'taken') return;
    untold = 0;
    toldMs = now();
  };

  /** Sends what waits, in order, as far as there is room. */
  const sendQueue = () => {
    timer = undefined;
    let sent = 0;
    for (const { line, severity, atMs } of queue) {
      const fate = deliver(line, severity, atMs);
      if (fate === 'later') break;
      if (fate === 'lost') lose(1);
      sent++;
    }
    queue.splice(0, sent);
    if (queue.length > 0) timer = setTimeout(sendQueue, ROOM_MS).unref();
  };

  return {
    write(line, severity) {
      if (queue.length === 0 && !isRecent(toldMs, TELL_MS)) tellLosses();
      const fate = queue.length > 0 ? 'later' : deliver(line, severity, now());
      if (fate === 'lost' || (fate === 'later' && queue.length >= maxQueued)) return lose(1);
      if (fate === 'later') queue.push({ line, severity, atMs: now() });
      if (queue.length > 0) timer ??= setTimeout(sendQueue, ROOM_MS).unref();
    },
    get lost() {
      return lost;
    },
    async close() {
      clearTimeout(timer);
      for (let waitedMs = 0; waitedMs < CLOSE_MS; waitedMs += ROOM_MS) {
        sendQueue();
        clearTimeout(timer);
        if (queue.length === 0) break;
        await sleep(ROOM_MS);
      }
      lose(queue.splice(0).length);
      tellLosses();
      disconnect();
    },
  };
}

const codeOf = (error: unknown) => (error as NodeJS.ErrnoException).code ?? '';
const isFull = (error: unknown) => FULL.has(codeOf(error));
/** The socket is good, and this datagram will not get through. */
const isTooLong = (error: unknown) => codeOf(error) === 'EMSGSIZE';

const wordsFor = (lines: number) =>
  `adminalert: ${lines} log ${lines === 1 ? 'line was' : 'lines were'} lost while syslog did not take ${lines === 1 ? 'it' : 'them'}`;

const explain = (path: string, error: unknown) =>
  `syslog takes no lines at ${path}: ${(error as Error).message}; they are lost until a syslog daemon listens there`;
