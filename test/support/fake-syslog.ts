import { type SyslogOptions, syslogSink } from '../../src/report/syslog.ts';

/** 22 November 2026, 00:18:07 in local time, wherever that is. */
export const START_MS = new Date(2026, 10, 22, 0, 18, 7).getTime();

const errorOf = (code: string) => Object.assign(new Error(`${code}: in words`), { code });

/** A sink, and a syslog daemon at the other end of it that stops, starts and fills as it is told. */
export function makeSyslog(options: Partial<SyslogOptions> = {}) {
  const received: string[] = [];
  const told: string[] = [];
  const opened: string[] = [];
  let nowMs = START_MS;
  let generation = 0;
  let isRunning = true;
  let room = Number.POSITIVE_INFINITY;
  let held = 0;

  const open = (path: string) => {
    opened.push(path);
    if (!isRunning) throw errorOf('ENOENT');
    held++;
    const mine = generation;
    let isCut = false;
    return {
      send(data: Uint8Array) {
        if (isCut) throw errorOf('ENOTCONN');
        if (mine !== generation) {
          isCut = true;
          throw errorOf('ECONNREFUSED');
        }
        if (room === 0) throw errorOf('EAGAIN');
        room--;
        received.push(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(data));
      },
      close() {
        held--;
      },
    };
  };

  return {
    sink: syslogSink({
      pid: 123,
      open,
      now: () => nowMs,
      onError: (message) => told.push(message),
      ...options,
    }),
    /** What the daemon got and nobody has taken. */
    received: received as readonly string[],
    /** What the daemon got since it was last asked. */
    take: () => received.splice(0),
    /** The same without priority, time and name. */
    takeTexts: () => received.splice(0).map((message) => message.replace(/^.*?\]: /, '')),
    /** What was told by onError. */
    told,
    /** The path of every attempt to open. */
    opened,
    /** Sockets that are open now. */
    held: () => held,
    pass: (ms: number) => {
      nowMs += ms;
    },
    stop: () => {
      isRunning = false;
      generation++;
    },
    start: () => {
      isRunning = true;
    },
    /** From now on there is room for so many messages. */
    makeRoom: (messages: number) => {
      room = messages;
    },
  };
}
