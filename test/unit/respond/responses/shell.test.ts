import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { runShell } from '../../../../src/respond/responses/shell.ts';

const NEVER = new AbortController().signal;
/** Longer than any of these commands takes where the machine is busy. */
const PLENTY_MS = 30_000;
const PATIENCE_MS = 15_000;

describe('a command', () => {
  let directory: string;
  before(() => {
    directory = mkdtempSync(join(tmpdir(), 'xdpsentry-shell-'));
  });
  after(() => rmSync(directory, { recursive: true }));

  const run = (text: string, timeoutMs = PLENTY_MS, stop = NEVER) => runShell(text, { timeoutMs, stop });
  const path = (name: string) => join(directory, name);
  const written = (name: string) => readFileSync(path(name), 'utf8');

  /** Waits until `isSo`, and fails when it takes too long. */
  async function until(what: string, isSo: () => boolean): Promise<void> {
    for (const endMs = performance.now() + PATIENCE_MS; !isSo(); await delay(10)) {
      assert.ok(performance.now() < endMs, `still waiting for ${what}`);
    }
  }
  const isWritten = (name: string) => until(name, () => existsSync(path(name)) && written(name) !== '');
  /** A process that is gone, or that nobody has buried yet. */
  const isDead = (pid: string) => {
    try {
      return /^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid.trim()}/status`, 'utf8'));
    } catch {
      return true;
    }
  };

  for (const [text, detail] of [
    ['true', undefined],
    ['exit 3', 'exit status 3'],
    ['echo no such rule >&2; exit 1', 'exit status 1: no such rule'],
    ['echo only a warning >&2', 'only a warning'],
    ['kill -KILL $$', 'ended by SIGKILL'],
    ["printf 'red \\033[31m\\nline\\ttab \\342\\200\\256 turned\\n' >&2", 'red [31m line tab turned'],
  ] as const) {
    test(`is done whatever its status: ${text}`, async () => {
      assert.deepEqual(await run(text), { result: 'done', detail });
    });
  }

  test('that does not exist is done, too, as with PortSentry, and its words are told', async () => {
    const { result, detail } = await run('/nowhere/portsentry.sh 198.51.100.66');
    assert.equal(result, 'done');
    assert.match(detail!, /^exit status 127: .*not found$/);
  });

  test('is told of with the last 200 characters that it printed', async () => {
    const { detail } = await run(`i=0; while [ $i -lt 20000 ]; do echo "é$i" >&2; i=$((i+1)); done`);
    assert.equal([...detail!].length, 200);
    assert.match(detail!, /é19998 é19999$/);
  });

  test('that no shell can be started for has failed', async () => {
    const { result, detail } = await run(`true ${'x'.repeat(4e6)}`);
    assert.equal(result, 'failed');
    assert.match(detail!, /E2BIG/);
  });

  test('has failed, too, when this process has no descriptor left for its pipe', () => {
    const module = new URL('../../../../src/respond/responses/shell.ts', import.meta.url).href;
    const program = `
      const { openSync } = await import('node:fs');
      const { runShell } = await import('${module}');
      const limits = { timeoutMs: 1000, stop: new AbortController().signal };
      await runShell('true', limits); // what is loaded late is loaded now
      const error = (() => { try { for (;;) openSync('/dev/null'); } catch (error) { return error; } })();
      const outcome = await runShell('true', limits);
      console.log(error.code, outcome.result, outcome.detail);
    `;
    const limited = [
      '-c',
      'ulimit -n 64; exec "$@"',
      'sh',
      process.execPath,
      '--input-type=module',
      '-e',
      program,
    ];
    assert.match(execFileSync('/bin/sh', limited, { encoding: 'utf8' }), /^EMFILE failed .*EMFILE/);
  });

  test('runs in /, with umask 077, a small environment, and nothing to read or print to', async () => {
    process.env['XDPSENTRY_TEST_SECRET'] = 'not for scripts';
    const lines =
      'pwd; umask; env | cut -d= -f1 | sort | tr "\\n" " "; readlink /proc/$$/fd/0 /proc/$$/fd/1; wc -c';
    await run(`{ ${lines}; } >${path('facts')}.part; mv ${path('facts')}.part ${path('facts')}`);
    const [cwd, umask, environment, ...rest] = written('facts').split('\n');
    const language = process.env['LANG'] === undefined ? '' : 'LANG ';
    assert.deepEqual([cwd, umask], ['/', '0077']);
    assert.equal(environment?.replace(/\/.*$/, ''), `HOME ${language}PATH PWD `);
    assert.deepEqual(rest.slice(-2), ['0', ''], 'standard input is empty');
    assert.equal(statSync(path('facts')).mode & 0o777, 0o600);
  });

  test('gets its text as it is, be it full of quotes', async () => {
    await run(`printf '%s|' "$0" "$#" '"' "\\$TARGET" -c '; exit 9' >${path('text')}`);
    assert.equal(written('text'), '/bin/sh|0|"|$TARGET|-c|; exit 9|');
  });

  test('that begins like an option is no option', async () => {
    const { detail } = await run('-x; exit 0');
    assert.match(detail!, /-x: not found/);
  });

  test('is ended when its time is over, with all that it has started', async () => {
    const outcome = await run(`sleep 1000 & echo $! >${path('pid')}; echo began >&2; sleep 1000`, 1000);
    assert.deepEqual(outcome, { result: 'timed_out', detail: 'ended after 1 s: began' });
    await until('the end of its child', () => isDead(written('pid')));
  });

  test('that does not heed SIGTERM is killed, with all that it has started', async () => {
    const text = `trap '' TERM; sleep 1000 & echo $! $$ >${path('deaf')}; sleep 1000; sleep 1000`;
    const { result } = await run(text, 1000);
    assert.equal(result, 'timed_out');
    for (const pid of written('deaf').split(' ')) await until(`the end of ${pid}`, () => isDead(pid));
  });

  test('may use the time between SIGTERM and SIGKILL', async () => {
    const text = `trap 'echo tidied up >&2; exit' TERM; sleep 1000 & wait`;
    assert.deepEqual(await run(text, 1000), { result: 'timed_out', detail: 'ended after 1 s: tidied up' });
  });

  test('that may not be signalled is let go, and that is told', async (t) => {
    t.mock.method(process, 'kill', () => {
      throw Object.assign(new Error('kill EPERM'), { code: 'EPERM' });
    });
    const { result, detail } = await run(`until [ -e ${path('end')} ]; do sleep 0.02; done`, 100);
    t.mock.restoreAll();
    await run(`: >${path('end')}`);
    assert.equal(result, 'timed_out');
    assert.match(detail!, /^ended after 0\.1 s, but .* may not be signalled, and runs on$/);
  });

  test('is ended sooner when the sentry stops', async () => {
    const stop = new AbortController();
    const text = `trap '' TERM; echo $$ >${path('stopped')}; sleep 1000; sleep 1000`;
    const running = run(text, PLENTY_MS, stop.signal);
    await isWritten('stopped');
    stop.abort();
    assert.deepEqual(await running, { result: 'timed_out', detail: 'ended because the sentry stops' });
    await until('its end', () => isDead(written('stopped')));
  });

  test('is not waited for by what it leaves in the background, which runs on and may print', async () => {
    const text = `(until [ -e ${path('go')} ]; do sleep 0.02; done; echo still here >&2; echo yes >${path('on')}) &`;
    assert.deepEqual(await run(text), { result: 'done', detail: undefined });
    await run(`: >${path('go')}`);
    await isWritten('on');
  });
});
