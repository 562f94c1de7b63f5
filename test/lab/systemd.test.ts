/** The unit, under a real systemd: it starts, is watched, is restarted, and is confined. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { addresses, Lab } from '../../scripts/lab/lab.ts';
import { nmap } from '../../scripts/lab/nmap.ts';
import { LabSystemd } from '../../scripts/lab/systemd.ts';
import { waitUntil } from '../../scripts/lab/wait.ts';
import type { BlockEntry, Status } from '../../src/control/protocol.ts';
import { parsePrivileges } from '../../src/host/privileges.ts';
import { namesIn } from '../../src/values/capabilities.ts';
import { needs } from '../support/capability.ts';

const { sentry: server, scanner, client } = addresses;
const DOCS = new URL('../../docs/systemd.md', import.meta.url);
const INSTANT = 'rules: [{ name: one, kinds: [syn], instant: true, block_for: 1h }]\n';
const LOG = '/var/log/xdpsentry/lab.log';
const DROP_IN_FILE = '/etc/lab-units/xdpsentry.service.d/lab.conf';
const CONFIG = '/etc/xdpsentry/xdpsentry.yaml';
/** Quick to notice, and not as quick as a busy machine is slow. */
const WATCHDOG_SECONDS = 4;
const DROP_IN = `
[Service]
WatchdogSec=${WATCHDOG_SECONDS}s
`;

describe('the unit under systemd', { skip: needs('root', 'bpf', 'netns', 'bpffs', 'systemd') }, () => {
  let lab: Lab;
  let systemd: LabSystemd;
  const config = () => `mode: enforce
interface: ${lab.sentry.interface}
log: { format: json, to: [${LOG}] }
`;
  before(async () => {
    lab = await Lab.create();
    systemd = await LabSystemd.create(lab.sentry, lab.directory, { config: config(), dropIn: DROP_IN });
  });
  after(async () => {
    await systemd?.dispose();
    await lab?.dispose();
  });

  const systemctl = (...words: string[]) => systemd.spawn('systemctl', words).finished;
  const sentry = async <T>(...words: string[]): Promise<T> =>
    JSON.parse((await systemd.execute('/usr/local/sbin/xdpsentry', ...words, '--json')).stdout) as T;
  const sources = async () => (await sentry<BlockEntry[]>('blocks')).map(({ source }) => source);
  const xdp = async () => {
    const { stdout } = await lab.sentry.execute('ip', ['-json', 'link', 'show', lab.sentry.interface]);
    return (JSON.parse(stdout) as [{ xdp?: { prog: { id: number } } }])[0].xdp?.prog.id;
  };
  const warnings = () =>
    readFileSync(systemd.path(LOG), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { event: string; text?: string })
      .flatMap(({ event, text }) => (event === 'warning' ? [text] : []));
  const isIn = (state: string) => async () => (await systemd.show('ActiveState')) === state;

  test('has started when the sentry watches, with all that it writes in its places', async () => {
    const { code, stderr } = await systemctl('start', 'xdpsentry');
    assert.deepEqual([code, stderr], [0, '']);
    assert.match(
      await systemd.show('StatusText'),
      new RegExp(`^${lab.sentry.interface}, mode enforce: 0 blocks in force`),
    );
    const status = await sentry<Status>('status');
    assert.deepEqual([status.interfaces[0]?.isAttached, status.memory?.error], [true, null]);
    assert.deepEqual(warnings(), []);
    assert.equal(lab.pins().length, 1);
  });

  test('is confined: every thread has what it needs and can get nothing else', async () => {
    const pid = (await systemd.mainPid())!;
    const threads = readdirSync(`/proc/${pid}/task`);
    assert.ok(threads.length > 1);
    for (const thread of threads) {
      const text = readFileSync(`/proc/${pid}/task/${thread}/status`, 'latin1');
      const { effective, permitted, isFinal } = parsePrivileges(text);
      assert.deepEqual(namesIn(effective), ['CAP_NET_ADMIN', 'CAP_PERFMON', 'CAP_BPF']);
      assert.deepEqual([permitted, isFinal], [effective, true]);
      assert.match(text, /^Seccomp:\s*2$/m);
    }
    const environment = readFileSync(`/proc/${pid}/environ`, 'latin1');
    assert.match(environment, /NOTIFY_SOCKET=/, 'it was there at the start');
    const mounts = readFileSync(`/proc/${pid}/mounts`, 'latin1');
    assert.match(mounts, /^\S+ \/ \S+ ro,/m);
    assert.match(mounts, /^\S+ \/sys\/fs\/bpf bpf rw,/m);
  });

  test('is restarted without letting anybody in: the program stays, and the next one takes over', async () => {
    await sentry('block', client.ipv4);
    const [pid, program] = [await systemd.mainPid(), await xdp()];
    assert.equal((await systemctl('stop', 'xdpsentry')).code, 0);
    assert.equal(await xdp(), program, 'while it is stopped');
    assert.equal((await systemctl('start', 'xdpsentry')).code, 0);
    assert.notEqual(await systemd.mainPid(), pid);
    assert.deepEqual(await sources(), [client.ipv4]);
    assert.match(warnings().join('\n'), /^took over from the sentry before/m);
    assert.equal((await systemctl('restart', 'xdpsentry')).code, 0);
    assert.deepEqual(await sources(), [client.ipv4]);
  });

  test('is killed when it gives no sign of life, and started again; meanwhile its program goes on', async () => {
    const [pid, restarts] = [(await systemd.mainPid())!, Number(await systemd.show('NRestarts'))];
    assert.equal(await systemd.show('WatchdogUSec'), `${WATCHDOG_SECONDS}s`);
    process.kill(pid, 'SIGSTOP');
    await waitUntil('it is restarted', async () => {
      assert.notEqual(await xdp(), undefined);
      return Number(await systemd.show('NRestarts')) > restarts;
    });
    await waitUntil('it watches again', isIn('active'));
    assert.notEqual(await systemd.mainPid(), pid);
    assert.deepEqual(await sources(), [client.ipv4]);
  });

  test('lives on as long as it gives signs of life', async () => {
    const [pid, began] = [await systemd.mainPid(), performance.now()];
    await waitUntil(
      'two times its patience is over',
      async () => performance.now() - began > 2_000 * WATCHDOG_SECONDS,
    );
    assert.equal(await systemd.mainPid(), pid);
  });

  test('ends for good when it is told to, and takes its program with it', async () => {
    await sentry('stop');
    await waitUntil('it has ended', isIn('inactive'));
    assert.equal(await systemd.show('Result'), 'success');
    assert.equal(await xdp(), undefined);
    assert.deepEqual(lab.pins(), []);
  });

  test('is not started again and again with a wrong configuration', async () => {
    writeFileSync(systemd.path(CONFIG), 'mode: sometimes\n');
    const restarts = await systemd.show('NRestarts');
    assert.notEqual((await systemctl('start', 'xdpsentry')).code, 0);
    await waitUntil('it has failed', isIn('failed'));
    assert.deepEqual(
      [await systemd.show('ExecMainStatus'), await systemd.show('NRestarts')],
      ['2', restarts],
    );
  });

  describe('with commands, and the drop-ins of docs/systemd.md', { skip: needs('iptables', 'nmap') }, () => {
    const TOLD = '/var/log/xdpsentry/told';
    const DENY = '/etc/hosts.deny';
    const dropIns = [...readFileSync(DOCS, 'utf8').matchAll(/```ini\n([\s\S]*?)```/g)].map(
      ([, text]) => text!,
    );

    /** Starts it anew; answers what the command has written when a probe has come. */
    const answered = async (dropIn: string, responses: string): Promise<string> => {
      writeFileSync(systemd.path(DROP_IN_FILE), `${DROP_IN}${dropIn}`);
      writeFileSync(systemd.path(CONFIG), `${config()}memory: { path: off }\n${INSTANT}${responses}`);
      rmSync(systemd.path(TOLD), { force: true });
      for (const words of [['daemon-reload'], ['restart', 'xdpsentry']])
        assert.deepEqual([words, (await systemctl(...words)).code], [words, 0]);
      await nmap(lab.scanner, ['-sS', '-Pn', '-p', '7', '--max-retries', '0', server.ipv4]);
      const text = await waitUntil('the command has run', async () => {
        const path = systemd.path(TOLD);
        return existsSync(path) && readFileSync(path, 'latin1');
      });
      assert.equal((await systemctl('stop', 'xdpsentry')).code, 0);
      await systemd.execute('/usr/local/sbin/xdpsentry', 'detach');
      return text;
    };
    const tell = `cat /proc/self/status >${TOLD}.new; mv ${TOLD}.new ${TOLD}`;

    test('iptables works with one capability more, and hosts.deny is written', async () => {
      const run = `iptables -A INPUT -s $TARGET$ -j DROP; ${tell}`;
      const text = await answered(
        dropIns[0]!,
        `capabilities: [net_raw]
responses: { hosts_deny: { entry: "ALL: $TARGET$", file: ${DENY} }, command: { run: "${run}" } }
`,
      );
      const names = ['CAP_NET_ADMIN', 'CAP_NET_RAW', 'CAP_PERFMON', 'CAP_BPF'];
      assert.deepEqual(namesIn(parsePrivileges(text).effective), names);
      const { stdout } = await lab.sentry.execute('iptables', ['-S', 'INPUT']);
      assert.match(stdout, new RegExp(`-A INPUT -s ${scanner.ipv4}/32 -j DROP`));
      assert.match(readFileSync(systemd.path(DENY), 'utf8'), new RegExp(`^ALL: ${scanner.ipv4}$`, 'm'));
    });

    test('commands of which nothing is known may write anywhere, and become others', async () => {
      const text = await answered(
        dropIns[1]!,
        `responses: { command: { run: "touch /root/here; ${tell}" } }\n`,
      );
      const { effective, isFinal } = parsePrivileges(text);
      const names = namesIn(effective);
      for (const name of ['CAP_DAC_OVERRIDE', 'CAP_KILL', 'CAP_SETUID', 'CAP_SYS_ADMIN'])
        assert.ok(names.includes(name), name);
      assert.equal(isFinal, false);
      assert.ok(existsSync(systemd.path('/root/here')));
    });
  });
});
