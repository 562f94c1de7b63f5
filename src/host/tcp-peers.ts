import { closeSync, openSync, readSync } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Prefix } from '../values/prefix.ts';

/** The two ends of a TCP connection of this network namespace. */
export type TcpEnds = {
  /** The other end's address, as /proc writes it. */
  readonly remote: string;
  readonly remotePort: number;
  readonly localPort: number;
};

/** One that is established. */
export type TcpConnection = TcpEnds & {
  /** The whole line. */
  readonly row: string;
};

/**
 * A piece of the table. `over`: connections that this host has closed within the last JUST_OVER_MS. What else begins or ends costs time,
 * too, and is no connection here.
 */
export type Portion = {
  readonly lines: number;
  readonly connections: readonly TcpConnection[];
  readonly over: readonly TcpEnds[];
};

/** After its end a connection is shown for a minute; to look at each one each second would cost much and tell nothing. */
export const JUST_OVER_MS = 5_000;

const ESTABLISHED = '01';
const TIME_WAIT = '06';
/** TCP_TIMEWAIT_LEN (include/net/tcp.h), in the unit of the column `tm->when`, USER_HZ. */
const TIME_WAIT_TICKS = 6_000;
const JUST_OVER_TICKS = TIME_WAIT_TICKS - JUST_OVER_MS / 10;
/** From the state to `tm->when`: `06 00000000:00000000 03:00000F5A`. */
const TO_WHEN = 24;
const CHUNK_BYTES = 65_536;
const PATHS = ['/proc/self/net/tcp', '/proc/self/net/tcp6'];

/** Column of /proc/net/tcp with the inode (Documentation/networking/proc_net_tcp.rst). */
const INODE = 9;

/** The connections in whole lines of /proc/net/tcp or tcp6. */
export function connectionsIn(text: string): Portion {
  const connections: TcpConnection[] = [];
  const over: TcpEnds[] = [];
  let [start, lines] = [0, 0];
  for (let end = text.indexOf('\n'); end >= 0; start = end + 1, end = text.indexOf('\n', start)) {
    lines++;
    // `   7: LOCAL:PORT REMOTE:PORT ST …`: there may be a hundred thousand, most of them with nothing to look at.
    const local = text.indexOf(':', start) + 2;
    const width = text.indexOf(':', local) - local;
    const remote = local + width + 6;
    const state = remote + width + 6;
    if (state > end) continue;
    const which = text.slice(state, state + 2);
    if (which !== ESTABLISHED && !(which === TIME_WAIT && isJustOver(text, state))) continue;
    const ends: TcpEnds = {
      remote: text.slice(remote, remote + width),
      remotePort: portAt(text, remote + width + 1),
      localPort: portAt(text, local + width + 1),
    };
    if (which === ESTABLISHED) connections.push({ ...ends, row: text.slice(start, end) });
    else over.push(ends);
  }
  return { lines, connections, over };
}

const portAt = (text: string, at: number): number => Number.parseInt(text.slice(at, at + 4), 16);

const isJustOver = (text: string, state: number): boolean =>
  Number.parseInt(text.slice(state + TO_WHEN, state + TO_WHEN + 8), 16) >= JUST_OVER_TICKS;

const MAPPED = '0000000000000000FFFF0000';

/** The address that /proc writes so: words of 32 bits, each in the byte order of the machine, which is little-endian. */
export function addressOf(hex: string): Prefix {
  const text = hex.startsWith(MAPPED) ? hex.slice(MAPPED.length) : hex;
  const bytes = new Uint8Array(16);
  for (let word = 0; word < text.length; word += 8) {
    bytes.set(Buffer.from(text.slice(word, word + 8), 'hex').reverse(), word / 2);
  }
  const family = text.length === 8 ? 4 : 6;
  return { family, bytes, length: text.length * 4 };
}

/** Which socket it is: `socket:[INODE]` in /proc/PID/fd. */
export const inodeOf = ({ row }: Pick<TcpConnection, 'row'>): string | undefined =>
  row.trim().split(/\s+/)[INODE];

/** All of them in portions, read on another thread: the kernel writes a page at a time. */
export async function* readConnections(): AsyncGenerator<Portion> {
  const buffer = Buffer.alloc(CHUNK_BYTES);
  for (const path of PATHS) {
    const file = await open(path, 'r').catch(nothingIfAbsent);
    if (!file) continue;
    try {
      const lines = new WholeLines();
      for (;;) {
        const { bytesRead } = await file.read(buffer, 0, CHUNK_BYTES, null);
        if (bytesRead === 0) break;
        yield connectionsIn(lines.add(buffer.toString('latin1', 0, bytesRead)));
      }
    } finally {
      await file.close();
    }
  }
}

/** All of them at once, while everything waits; no more than about so many lines of each table. */
export function readConnectionsNow(maxLines = Number.POSITIVE_INFINITY): Portion {
  const buffer = Buffer.alloc(CHUNK_BYTES);
  const connections: TcpConnection[] = [];
  const over: TcpEnds[] = [];
  let all = 0;
  for (const path of PATHS) {
    let file: number;
    try {
      file = openSync(path, 'r');
    } catch (error) {
      nothingIfAbsent(error);
      continue;
    }
    try {
      const whole = new WholeLines();
      for (let [got, count] = [-1, 0]; got !== 0 && count <= maxLines; ) {
        got = readSync(file, buffer, 0, CHUNK_BYTES, null);
        const portion = connectionsIn(whole.add(buffer.toString('latin1', 0, got)));
        connections.push(...portion.connections);
        over.push(...portion.over);
        count += portion.lines;
        all += portion.lines;
      }
    } finally {
      closeSync(file);
    }
  }
  return { lines: all, connections, over };
}

/** Makes whole lines of a text that comes in pieces. */
class WholeLines {
  #rest = '';

  add(piece: string): string {
    const text = this.#rest + piece;
    const end = text.lastIndexOf('\n') + 1;
    this.#rest = text.slice(end);
    return text.slice(0, end);
  }
}

/** A kernel without IPv6. */
function nothingIfAbsent(error: unknown): undefined {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
}
