/** The end of an answer takes back what was done for it, which PortSentry never did; the history stays. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { control, scan, start, stop } from '../../../scripts/lab/drop-in.ts';
import { addresses } from '../../../scripts/lab/lab.ts';
import {
  BLOCKED,
  COMMANDS,
  CONFIG,
  HISTORY,
  HOSTS_DENY,
  type Mode,
  PortsentryHost,
} from '../../../scripts/lab/portsentry.ts';
import { needs } from '../../support/capability.ts';
import { configOf, DEFAULTS, type Options } from '../portsentry/case.ts';

const skip = needs('root', 'bpf', 'netns', 'nmap');
const { scanner, client } = addresses;
const OTHERS = '# kept\nALL: 203.0.113.9 : DENY\n\nsshd: 203.0.113.0/24\n';
const DENIED = `${OTHERS}ALL: ${scanner.ipv4} : DENY\n`;
const leave = (word: string) => `echo ${word} $TARGET$ $PORT$ $MODE$ >>${COMMANDS}`;
const RESPONSES: Options = {
  KILL_ROUTE: leave('route'),
  KILL_ROUTE_UNDO: leave('undo-route'),
  KILL_RUN_CMD: leave('command'),
  KILL_RUN_CMD_UNDO: leave('undo-command'),
};

const hostWith = async (options: Options): Promise<PortsentryHost> =>
  await PortsentryHost.create('ours', {
    [CONFIG]: configOf({ ...DEFAULTS, ...RESPONSES, ...options }),
    [HOSTS_DENY]: OTHERS,
  });

const commands = (host: PortsentryHost) => host.read(COMMANDS).split('\n').slice(0, -1);
const blocked = (host: PortsentryHost, mode: Mode) => host.read(`${BLOCKED}.${mode}`);

/** A scan of port 7, seen through to the end of what follows on it: so many commands, and an entry in both files. */
async function isAnswered(host: PortsentryHost, mode: Mode, type: string, from: string, count: number) {
  const before = commands(host).length;
  assert.equal(await scan(host, `${type} -p 7`, from), 1, 'what gives it away is answered');
  await host.waitFor('the commands', () => commands(host).length === before + count);
  const entry = `/${from} Port: 7 ${mode.endsWith('tcp') ? 'TCP' : 'UDP'} Blocked\n`;
  await host.waitFor(
    'the entry',
    () => blocked(host, mode).endsWith(entry) && host.read(HISTORY).endsWith(entry),
  );
}

/** Waits until so many undo commands have run, and the files are as before. */
async function isTakenBack(host: PortsentryHost, mode: Mode, count: number): Promise<void> {
  const undone = () => commands(host).filter((line) => line.startsWith('undo-'));
  await host.waitFor('the undo commands', () => undone().length === count);
  await host.waitFor('the blocked file', () => blocked(host, mode) === '');
  await host.waitFor('hosts.deny', () => host.read(HOSTS_DENY) === OTHERS);
}

const ofScanner = (...words: readonly string[]) => words.map((word) => `${word} ${scanner.ipv4} 7 atcp`);
const ofClient = (...words: readonly string[]) => words.map((word) => `${word} ${client.ipv4} 7 audp`);

describe('the end of an answer', { skip, concurrency: true }, () => {
  test('BLOCK_TIME is over', async () => {
    await using host = await hostWith({ BLOCK_TCP: '1', BLOCK_TIME: '3s' });
    const running = await start(host, 'portsentry', '-atcp');
    await isAnswered(host, 'atcp', '-sS', scanner.ipv4, 2);
    assert.equal(host.read(HOSTS_DENY), DENIED);
    assert.equal(await scan(host, '-sS -p 7'), 0, 'it is blocked');

    const history = host.read(HISTORY);
    await isTakenBack(host, 'atcp', 2);
    assert.equal(host.read(HISTORY), history);
    assert.equal(await scan(host, '-sS -p 60000'), 1, 'it is not blocked');
    await stop(host, running);
    const all = ofScanner('route', 'command', 'undo-route', 'undo-command');
    assert.deepEqual(commands(host).toSorted(), all.toSorted());
  });

  test('xdpsentry unblock, of a block and of a source that is left to the command', async () => {
    await using host = await hostWith({ BLOCK_TCP: '1', BLOCK_UDP: '2' });
    const running = await start(host, 'portsentry', '-atcp', '-audp');
    await isAnswered(host, 'atcp', '-sS', scanner.ipv4, 2);
    await isAnswered(host, 'audp', '-sU', client.ipv4, 1);
    assert.equal(host.read(HOSTS_DENY), DENIED);
    assert.equal(await scan(host, '-sU -p 7', client.ipv4), 1, 'it is not blocked');

    const history = host.read(HISTORY);
    await control(host, 'unblock', client.ipv4);
    await host.waitFor('the entry to go', () => blocked(host, 'audp') === '');
    assert.notEqual(blocked(host, 'atcp'), '');
    await control(host, 'unblock', scanner.ipv4);
    await isTakenBack(host, 'atcp', 3);
    assert.equal(host.read(HISTORY), history);

    await isAnswered(host, 'atcp', '-sS', scanner.ipv4, 2); // as if for the first time
    await stop(host, running);
    const once = [...ofScanner('undo-route', 'undo-command'), ...ofClient('command', 'undo-command')];
    const twice = ofScanner('route', 'command');
    assert.deepEqual(commands(host).toSorted(), [...once, ...twice, ...twice].toSorted());
  });
});
