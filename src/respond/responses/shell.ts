import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { failure, type Outcome } from './outcome.ts';
import { printableTail } from './printable-tail.ts';
import { signalGroup } from './process-group.ts';

export type ShellLimits = {
  /** After this time the command is ended. */
  readonly timeoutMs: number;
  /** Aborted, it ends the command, too, and sooner. */
  readonly stop: AbortSignal;
};

/** From SIGTERM to SIGKILL: time to put a lock or a half-written file in order. */
const GRACE_MS = 2000;
/** The same when the sentry stops and somebody waits for it. */
const STOP_GRACE_MS = 1000;
/** What the shell has printed is there within this time after its end, unless a process in the background holds the pipe. */
const LAST_WORDS_MS = 100;
/** How often a group that shall end is looked at. */
const LOOK_MS = 50;

/** Only a sentry without CAP_KILL, and a command that has become another user. */
const RUNS_ON = 'it belongs to another user, may not be signalled, and runs on';

/** The umask is PortSentry's. It belongs to the process, so a shell of our own sets it, and then becomes that of the command. */
const WITH_UMASK = 'umask 077; exec /bin/sh -c -- "$1"';
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * Runs `text` with `/bin/sh -c` in `/`, in a process group of its own, with umask 077, a small environment, and nothing to
 * read from or print to but stderr, whose end goes into `detail`. As with PortSentry the exit status decides nothing: `done`
 * is what ran to its end, and another status than 0 is in `detail`. What the command leaves in the background runs on.
 *
 * Never rejects: `failed` when no shell could be started, `timed_out` when the command was ended: SIGTERM for its group, and
 * after a grace SIGKILL.
 */
export function runShell(text: string, limits: ShellLimits): Promise<Outcome> {
  const { LANG } = process.env;
  try {
    const child = spawn('/bin/sh', ['-c', WITH_UMASK, 'sh', text], {
      cwd: '/',
      detached: true,
      env: { PATH, HOME: '/root', ...(LANG === undefined ? {} : { LANG }) },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    return child.pid === undefined ? spawnFailure(child) : watch(child, child.pid, limits);
  } catch (error) {
    return Promise.resolve(failure(error)); // some refusals of the kernel are thrown, such as E2BIG
  }
}

/** Others are told by an event, such as EAGAIN and EMFILE; with the latter there is not even a pipe. */
const spawnFailure = (child: ChildProcess): Promise<Outcome> =>
  new Promise((resolve) => child.once('error', (error) => resolve(failure(error))));

function watch(child: ChildProcess, group: number, { timeoutMs, stop }: ShellLimits): Promise<Outcome> {
  return new Promise((resolve) => {
    const stderr = child.stderr as Socket;
    const tail = printableTail(stderr);
    let deadlineMs = Number.POSITIVE_INFINITY;
    let ending: NodeJS.Timeout | undefined;
    const timer = setTimeout(() => end(`ended after ${timeoutMs / 1000} s`, GRACE_MS), timeoutMs);
    const stopIt = () => end('ended because the sentry stops', STOP_GRACE_MS);
    stop.addEventListener('abort', stopIt);

    function settle(result: Outcome['result'], words: string | undefined): void {
      clearTimeout(timer);
      clearInterval(ending);
      stop.removeEventListener('abort', stopIt);
      const tell = () => {
        clearTimeout(patience);
        letRunOn(stderr, timeoutMs);
        resolve({ result, detail: [words, tail()].filter((part) => part).join(': ') || undefined });
      };
      const patience = setTimeout(tell, LAST_WORDS_MS);
      if (stderr.closed) tell();
      else stderr.once('close', tell);
    }

    /** The leader may obey and others of its group not, so it is the group that is looked at. */
    function end(why: string, graceMs: number): void {
      deadlineMs = Math.min(deadlineMs, performance.now() + graceMs);
      if (ending) return;
      signalGroup(group, 'SIGTERM');
      ending = setInterval(() => {
        const isOver = performance.now() >= deadlineMs;
        const sent = signalGroup(group, isOver ? 'SIGKILL' : 0);
        if (sent === 'gone') settle('timed_out', why);
        else if (isOver) settle('timed_out', sent === 'refused' ? `${why}, but ${RUNS_ON}` : why);
      }, LOOK_MS);
    }

    child.once('exit', (status, signal) => {
      if (ending) return;
      settle('done', signal ? `ended by ${signal}` : status !== 0 ? `exit status ${status}` : undefined);
    });
  });
}

/**
 * A process in the background may still hold the pipe, and would die of SIGPIPE if it were closed. So it is read on, but no
 * longer than a command may take, so that such processes cannot use up our descriptors.
 */
function letRunOn(stderr: Socket, timeoutMs: number): void {
  if (stderr.destroyed) return;
  stderr.unref();
  const timer = setTimeout(() => stderr.destroy(), timeoutMs).unref();
  stderr.once('close', () => clearTimeout(timer));
}
