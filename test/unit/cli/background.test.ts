/** A program that starts itself once more, in the background, and hears how that went. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { waitUntil } from '../../support/wait-until.ts';
import { directoryFor, run, writeProgram } from './child.ts';

/** What the one in the background does is the first argument; it writes what there is to say to a file. */
const PROGRAM = `
import { appendFileSync, existsSync } from 'node:fs';
import { reportFailure, reportReady, startInBackground } from 'SRC/cli/background.ts';
import { SentryError } from 'SRC/errors.ts';
const [part, does, directory] = process.argv.slice(2);
const say = (text) => appendFileSync(directory + '/said', text + '\\n');
const until = async (isTrue) => {
  while (!isTrue()) await new Promise((resolve) => setTimeout(resolve, 5));
};
const live = async () => {
  await new Promise(setImmediate); // what goes wrong with the report shows by then
  await until(() => existsSync(directory + '/end') || !existsSync(directory));
};
const behind = {
  async ready() {
    say('ready ' + process.pid);
    reportReady();
    await live();
    say('lived');
  },
  fails: () => reportFailure(new SentryError('XS_ERR_DRIVER', 'eth0: too long')),
  breaks: () => reportFailure(new Error('a slip')),
  ends: () => process.exit(3),
  isKilled: () => process.kill(process.pid, 'SIGKILL'),
  async isLeftAlone() {
    say('waits ' + process.pid);
    await until(() => !process.connected);
    reportReady();
    await live();
    say('lived');
  },
};
if (part === 'behind') await behind[does]();
else {
  try {
    console.log('pid', await startInBackground(['behind', does, directory]));
  } catch (error) {
    console.log('failed', error.code, error.exitCode, error.message);
  }
}
`;

function start(t: TestContext, does: string) {
  const directory = directoryFor(t);
  const starter = run(t, writeProgram(directory, PROGRAM), 'front', does, directory);
  const said = () =>
    existsSync(join(directory, 'said')) ? readFileSync(join(directory, 'said'), 'utf8') : '';
  const pidOf = (word: string) => Number(new RegExp(`${word} (\\d+)`).exec(said())?.[1]);
  const end = async () => {
    writeFileSync(join(directory, 'end'), '');
    await waitUntil(() => said().includes('lived'));
  };
  return { starter, said, pidOf, end };
}

/** Session and parent, of /proc/PID/stat. */
const statOf = (pid: number) => {
  const [, parent, , session] = readFileSync(`/proc/${pid}/stat`, 'latin1')
    .replace(/^.*\) /, '')
    .split(' ')
    .map(Number);
  return { parent, session };
};

describe('in the background', () => {
  test('it lives on in a session of its own, in the root directory, when its starter has heard and ended', async (t) => {
    const { starter, pidOf, end } = start(t, 'ready');
    await starter.ended;
    const pid = pidOf('ready');
    assert.equal(starter.output(), `pid ${pid}\n`);
    assert.equal(starter.process.exitCode, 0);
    const { session, parent } = statOf(pid);
    assert.equal(session, pid);
    assert.notEqual(parent, starter.process.pid);
    assert.equal(readlinkSync(`/proc/${pid}/cwd`), '/');
    for (const fd of [0, 1, 2]) assert.equal(readlinkSync(`/proc/${pid}/fd/${fd}`), '/dev/null');
    await end();
  });

  const failures: readonly (readonly [says: string, does: string, output: string])[] = [
    [
      'what it fails with comes to the starter',
      'fails',
      'XS_ERR_DRIVER 3 The driver does not take the XDP program: eth0: too long',
    ],
    ['whatever it is', 'breaks', 'XS_ERR_INTERNAL 1 xdpsentry failed: a slip'],
    ['an end without a word does, too', 'ends', 'undefined undefined it ended with 3 and said nothing'],
    ['and a violent one', 'isKilled', 'undefined undefined it ended with SIGKILL and said nothing'],
  ];
  for (const [words, does, output] of failures) {
    test(words, async (t) => {
      const { starter } = start(t, does);
      await starter.ended;
      assert.equal(starter.output(), `failed ${output}\n`);
    });
  }

  test('it lives on when its starter has gone before it could be told', async (t) => {
    const { starter, said, end } = start(t, 'isLeftAlone');
    await waitUntil(() => said().includes('waits'));
    starter.process.kill('SIGKILL');
    await end();
  });
});
