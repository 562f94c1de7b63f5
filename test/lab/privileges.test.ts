/** What a sentry that root has started may still do: what it needs, in every thread, and it works with that. */
import assert from 'node:assert/strict';
import { chmodSync, chownSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { addresses, Lab } from '../../scripts/lab/lab.ts';
import { nmap } from '../../scripts/lab/nmap.ts';
import { LabSentry } from '../../scripts/lab/sentry.ts';
import { waitUntil } from '../../scripts/lab/wait.ts';
import type { HistoryEntry, ListEntry, Status, Why } from '../../src/control/protocol.ts';
import { parsePrivileges } from '../../src/host/privileges.ts';
import { namesIn } from '../../src/values/capabilities.ts';
import { needs } from '../support/capability.ts';

const MAIN = new URL('../../src/main.ts', import.meta.url).pathname;
const { sentry: server, scanner } = addresses;
const OWN = ['CAP_NET_ADMIN', 'CAP_PERFMON', 'CAP_BPF'];
const NOBODY = 65_534;
const INSTANT = 'mode: enforce\nrules: [{ name: one, kinds: [syn], instant: true, block_for: 1h }]\n';

describe('a sentry that root has started', { skip: needs('root', 'bpf', 'netns', 'bpffs', 'nmap') }, () => {
  let lab: Lab;
  beforeEach(async () => {
    lab = await Lab.create();
  });
  afterEach(async () => {
    await lab?.dispose();
  });
  const at = (path: string) => join(lab.directory, path);
  const probe = () => nmap(lab.scanner, ['-sS', '-Pn', '-p', '7', '--max-retries', '0', server.ipv4]);

  /** What each thread may do, by its number; all of the kernel's words, so that two that differ are two. */
  const threadsOf = ({ pid }: LabSentry) =>
    readdirSync(`/proc/${pid}/task`).flatMap((thread) => {
      try {
        return parsePrivileges(readFileSync(`/proc/${pid}/task/${thread}/status`, 'latin1'));
      } catch {
        return []; // it has ended since the directory was read
      }
    });
  const assertOwn = (sentry: LabSentry, names: readonly string[] = OWN) => {
    const threads = threadsOf(sentry);
    assert.ok(threads.length > 1);
    for (const { effective, permitted, bounding, isFinal } of threads) {
      for (const set of [effective, permitted, bounding]) assert.deepEqual(namesIn(set), names);
      assert.equal(isFinal, true);
    }
  };

  test('may do in every thread what it needs, and no thread ever gets more; it does all of its work with that', async () => {
    const list = at('list.txt');
    writeFileSync(list, '203.0.113.0/24\n');
    const sentry = await LabSentry.start(
      lab,
      `${INSTANT}
lists: [{ name: mine, file: ${list} }]
log: { format: json, to: [stdout, ${at('sentry.log')}] }
memory: { path: ${at('memory.db')} }
responses: { hosts_deny: { entry: "ALL: $TARGET$", file: ${at('hosts.deny')} } }
portsentry: { style: "1.2", tcp_mode: atcp, history: ${at('history')}, blocked: ${at('blocked')} }
`,
    );
    assertOwn(sentry);
    assert.deepEqual((await sentry.command<Status>('status')).capabilities, OWN);
    const enforced = async () => (await sentry.command<ListEntry[]>('lists'))[0]?.state === 'enforced';
    await waitUntil('the list is in force', enforced);

    await probe();
    await sentry.waitForLine('the block', ({ event }) => event === 'blocked');
    const [inDeny, inBlocked] = [at('hosts.deny'), at('blocked.atcp')];
    await waitUntil('it is everywhere', async () => {
      assertOwn(sentry);
      const history = await sentry.command<HistoryEntry[]>('history');
      return (
        history.some(({ source }) => source === scanner.ipv4) &&
        [inDeny, inBlocked, at('history'), at('sentry.log')].every((path) =>
          textOf(path).includes(scanner.ipv4),
        )
      );
    });
    assert.equal(lab.pins().length, 1);
    assert.match(await sentry.metrics(), /^xdpsentry_blocks\b.* 1$/m);

    writeFileSync(list, '203.0.113.0/24\n198.18.0.0/24\n');
    const grown = async () => (await sentry.command<ListEntry[]>('lists'))[0]?.facts?.ipv4 === 2;
    await waitUntil('the list is read again', grown);
    assertOwn(sentry);
    assert.equal((await sentry.stop()).code, 0);
    assert.deepEqual(lab.pins(), []);
  });

  test('takes over from one before, with what it has', async () => {
    const first = await LabSentry.start(lab, INSTANT);
    await first.command('block', '203.0.113.7');
    await first.die();
    const second = await LabSentry.start(lab, INSTANT);
    assertOwn(second);
    assert.equal((await second.command<unknown[]>('blocks')).length, 1);
    assert.notEqual(second.pid, first.pid);
  });

  test('keeps its number and its words when it begins anew with less', async () => {
    const sentry = await LabSentry.start(lab, INSTANT);
    assert.equal((await sentry.command<Status>('status')).pid, sentry.pid);
    const environment = readFileSync(`/proc/${sentry.pid}/environ`, 'latin1');
    assert.match(environment, /(^|\0)PATH=/);
    const { stdout, stderr } = await sentry.stop();
    assert.equal(stdout.split('\n').filter((line) => line.includes('"event":"starting"')).length, 1);
    assert.equal(stderr, '');
  });

  test('may listen below 1024, and keeps what that takes', async () => {
    const rules = 'rules: [{ name: touch, kinds: [connect], probes: 1 }]';
    const sentry = await LabSentry.start(lab, `monitor: { tcp: off }\nlisten: { tcp: 23 }\n${rules}\n`);
    assertOwn(sentry, ['CAP_NET_BIND_SERVICE', ...OWN]);
    await nmap(lab.scanner, ['-sT', '-Pn', '-p', '23', server.ipv4]);
    await sentry.waitForLine('the visitor', ({ event, rule }) => event === 'alert' && rule === 'touch');
  });

  test('reads what is somebody else’s, and keeps what that takes', async () => {
    mkdirSync(at('home'));
    writeFileSync(at('home/ignore'), '203.0.113.9\n');
    for (const path of ['home', 'home/ignore']) chownSync(at(path), NOBODY, NOBODY);
    chmodSync(at('home'), 0o700);
    const sentry = await LabSentry.start(lab, `mode: enforce\nignore_files: [${at('home/ignore')}]\n`);
    assertOwn(sentry, ['CAP_DAC_READ_SEARCH', ...OWN]);
    assert.match((await sentry.command<Why>('why', '203.0.113.9')).spared ?? '', /ignore/);
  });

  test('tells who reads the log that others may change a configuration without commands', async () => {
    const sentry = await LabSentry.start(lab, 'mode: observe\n');
    chmodSync(at('xdpsentry.yaml'), 0o666);
    await sentry.stop();
    const args = [
      MAIN,
      'run',
      '-c',
      at('xdpsentry.yaml'),
      '--interface',
      lab.sentry.interface,
      '--socket',
      at('s'),
    ];
    const running = lab.sentry.spawn(process.execPath, args);
    await running.waitFor('the start', () => running.stdout.includes('watching'));
    const { stderr } = await running.stop('SIGINT');
    const said = `xdpsentry: everybody may write to ${at('xdpsentry.yaml')} (mode 0666): chmod go-w ${at('xdpsentry.yaml')}\n`;
    assert.equal(stderr, said, 'once');
  });

  test('guards the one who has started it by sudo, whose login it may not look for any more', async () => {
    const login = `SSH_CONNECTION=${scanner.ipv4} 1 ${server.ipv4} 22`;
    // What sudo leaves of the environment, below a shell that has it all and hands on what ends it.
    const shell = 'env -u SSH_CONNECTION "$@" & trap "kill $!; wait $!" TERM; wait $!';
    const sudo = ['env', login, 'sh', '-c', shell, 'sh'];
    await LabSentry.start(lab, INSTANT, [], sudo);
    const { stderr, code } = await lab.sentry.spawn(process.execPath, [
      MAIN,
      'block',
      scanner.ipv4,
      '--socket',
      at('control.sock'),
    ]).finished;
    assert.equal(code, 1);
    assert.match(stderr, /XS_ERR_GUARDED/);
  });

  describe('with commands', () => {
    const told = () => at('told');
    const COMMAND = () =>
      `${INSTANT}responses: { command: { run: "cat /proc/self/status /proc/self/environ >${told()}.new && mv ${told()}.new ${told()}" } }\n`;
    const asCommand = async () => {
      await probe();
      const text = await waitUntil(
        'the command has run',
        async () => textOf(told()) !== '' && textOf(told()),
      );
      const { effective, permitted, isFinal } = parsePrivileges(text);
      assert.equal(permitted, effective);
      assert.match(text, /\bHOME=\/root\0/);
      assert.doesNotMatch(text, /NOTIFY_SOCKET/);
      return { names: namesIn(effective), isFinal };
    };

    test('of which nothing is known, leaves them everything', async () => {
      await LabSentry.start(lab, COMMAND());
      const all = namesIn(parsePrivileges(readFileSync('/proc/self/status', 'latin1')).effective);
      assert.deepEqual(await asCommand(), { names: all, isFinal: false });
    });

    test('leaves them what is named, and nothing that could speak to the service manager in its name', async () => {
      const manager = ['env', 'NOTIFY_SOCKET=@xdpsentry-nobody', 'WATCHDOG_USEC=60000000'];
      const sentry = await LabSentry.start(lab, `${COMMAND()}capabilities: [net_raw]\n`, [], manager);
      const names = ['CAP_NET_ADMIN', 'CAP_NET_RAW', 'CAP_PERFMON', 'CAP_BPF'];
      for (const { permitted, bounding } of threadsOf(sentry)) {
        assert.deepEqual([namesIn(permitted), namesIn(bounding)], [names, names]);
      }
      assert.deepEqual(await asCommand(), { names, isFinal: false });
    });
  });
});

describe('a sentry that is started otherwise', { skip: needs('root', 'bpf', 'netns') }, () => {
  test('by `ip netns exec`, which mounts a /sys of its own, has no more', async () => {
    await using lab = await Lab.create();
    const sentry = await LabSentry.start(lab, INSTANT, [], ['ip', 'netns', 'exec', lab.sentry.namespace]);
    for (const { permitted } of [parsePrivileges(readFileSync(`/proc/${sentry.pid}/status`, 'latin1'))])
      assert.deepEqual(namesIn(permitted), OWN);
  });

  test('in a container that lets it give up nothing of the bounding set, has no more either', async () => {
    await using lab = await Lab.create();
    const few = ['setpriv', '--bounding-set', '-all,+bpf,+net_admin,+perfmon,+net_raw,+kill'];
    const sentry = await LabSentry.start(lab, INSTANT, [], few);
    const { permitted, isFinal } = parsePrivileges(readFileSync(`/proc/${sentry.pid}/status`, 'latin1'));
    assert.deepEqual([namesIn(permitted), isFinal], [OWN, true]);
  });

  test('there with commands, says what it keeps though nobody asked for it', async () => {
    await using lab = await Lab.create();
    const few = ['setpriv', '--bounding-set', '-all,+bpf,+net_admin,+perfmon,+kill'];
    const yaml = 'capabilities: []\nresponses: { command: { run: "true" } }\n';
    const sentry = await LabSentry.start(lab, yaml, [], few);
    assert.deepEqual((await sentry.command<Status>('status')).capabilities, ['CAP_KILL', ...OWN]);
    assert.equal((await sentry.stop()).stderr, 'xdpsentry: without CAP_SETPCAP these are kept: CAP_KILL\n');
  });

  test('by a user who is not root, with capabilities that are his own, works with those', async () => {
    await using lab = await Lab.create();
    chmodSync(lab.directory, 0o755);
    mkdirSync(join(lab.directory, 'own'));
    chownSync(join(lab.directory, 'own'), NOBODY, NOBODY);
    const own = '+bpf,+net_admin,+perfmon,+net_raw';
    const user = [
      'setpriv',
      `--reuid=${NOBODY}`,
      `--regid=${NOBODY}`,
      '--clear-groups',
      '--inh-caps',
      own,
      '--ambient-caps',
      own,
    ];
    const args = ['--ephemeral', '--socket', join(lab.directory, 'own/control.sock')];
    const sentry = await LabSentry.start(lab, INSTANT, args, user);
    const { permitted, effective, isFinal } = parsePrivileges(
      readFileSync(`/proc/${sentry.pid}/status`, 'latin1'),
    );
    assert.deepEqual([namesIn(permitted), namesIn(effective), isFinal], [OWN, OWN, true]);
  });
});

function textOf(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
