import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Host } from './lab.ts';
import { execute, type Finished, Running, succeed } from './process.ts';
import { waitUntil } from './wait.ts';

export const SYSTEMD = '/lib/systemd/systemd';

const CGROUPS = '/sys/fs/cgroup';
/** Where cgroups of version 2 are, which the kernel has beside those of version 1. */
export const CGROUPS2 = existsSync(`${CGROUPS}/cgroup.procs`) ? CGROUPS : `${CGROUPS}/unified`;
const ROOT = new URL('../..', import.meta.url).pathname;
/** Its own of these: the machine's stay as they are. */
const OWN = ['/dev', '/etc', '/run', '/root', '/var/lib', '/var/log'] as const;
const DEVICES = ['full', 'null', 'random', 'tty', 'urandom', 'zero'] as const;

/**
 * A systemd takes what is there for its machine: it mounts, remounts and makes cgroups. So it gets mounts of its own of all that, sysctls that are
 * read-only, and none of the distribution's units. What it shares with the machine is the BPF file system, on purpose, and what nobody writes to.
 */
const SCRIPT = `
set -e
read -r pid rest </proc/self/stat
base=$1 installed=$2
mount --make-rprivate /
mount -t tmpfs -o mode=755 tmpfs "$base"
for directory in ${OWN.join(' ')}; do mkdir -p "$base$directory"; done
cp -a /etc/. "$base/etc"
cp -a "$installed/etc/." "$base/etc"
for device in ${DEVICES.join(' ')}; do : >"$base/dev/$device"; mount --bind "/dev/$device" "$base/dev/$device"; done
ln -s /proc/self/fd "$base/dev/fd"
ln -s pts/ptmx "$base/dev/ptmx"
mount --rbind "$installed/usr/local" /usr/local
for directory in ${OWN.join(' ')}; do mount --rbind "$base$directory" $directory; done
mount --bind /proc/sys /proc/sys
mount -o remount,bind,ro /proc/sys
mount -t cgroup2 cgroup2 ${CGROUPS}
echo "ready $pid"
export container=lxc SYSTEMD_UNIT_PATH=/etc/lab-units:/usr/local/lib/systemd/system
exec ${SYSTEMD} --system --unit=lab.target --log-target=console --log-level=info
`;

/** What the unit asks for, and what a machine that has booted has reached. */
const UNITS = ['lab', 'sysinit', 'basic', 'shutdown', 'network-online', 'multi-user'] as const;

/**
 * A systemd of its own on a host of the lab, with the sentry installed as `make install` does it, and its unit. It is no mock: units are sandboxed, watched
 * and killed by it. Whatever runs in it ends with `dispose()`.
 */
export class LabSystemd implements AsyncDisposable {
  readonly #keeper: Running;
  readonly #first: number;
  readonly #cgroup: string;

  private constructor(keeper: Running, first: number, cgroup: string) {
    this.#keeper = keeper;
    this.#first = first;
    this.#cgroup = cgroup;
  }

  /** `directory` is of the lab. `config` is what stands in /etc/xdpsentry/xdpsentry.yaml, `dropIn` in a drop-in of the unit. */
  static async create(
    host: Host,
    directory: string,
    { config, dropIn }: { readonly config: string; readonly dropIn: string },
  ): Promise<LabSystemd> {
    const [base, installed] = [join(directory, 'systemd'), join(directory, 'installed')];
    for (const path of [base, installed]) mkdirSync(path);
    await execute(process.execPath, [join(ROOT, 'scripts/install.ts'), 'install', '--destdir', installed]);
    const units = join(installed, 'etc/lab-units');
    mkdirSync(join(units, 'xdpsentry.service.d'), { recursive: true });
    for (const name of UNITS)
      writeFileSync(join(units, `${name}.target`), '[Unit]\nDefaultDependencies=no\n');
    writeFileSync(join(units, 'xdpsentry.service.d/lab.conf'), dropIn);
    writeFileSync(join(installed, 'etc/xdpsentry/xdpsentry.yaml'), config);

    const cgroup = makeCgroup(host.namespace);
    const enter = `echo $$ >${cgroup}/cgroup.procs; `;
    const unshare =
      'exec unshare --mount --propagation private --pid --uts --ipc --cgroup --fork --kill-child --mount-proc';
    const keeper = host.spawn('sh', ['-c', `${enter}${unshare} sh -c "$0" sh "$@"`, SCRIPT, base, installed]);
    try {
      const first = await keeper.waitFor('its first process', () => firstOf(keeper.pid));
      const systemd = new LabSystemd(keeper, first, cgroup);
      await waitUntil('systemd answers', async () => {
        const { stdout } = await systemd.spawn('systemctl', ['is-active', 'lab.target']).finished;
        if (keeper.hasEnded) throw new Error(`systemd has ended: ${keeper.stdout}${keeper.stderr}`);
        return stdout.trim() === 'active';
      });
      return systemd;
    } catch (error) {
      await keeper.stop('SIGKILL');
      await waitUntil('its processes have gone', async () => isRemoved(cgroup));
      throw error;
    }
  }

  /** What it says itself. */
  get log(): string {
    return this.#keeper.stdout + this.#keeper.stderr;
  }

  /** Where a file of its own is to be found from outside, while it lasts. */
  path(inside: string): string {
    return `/proc/${this.#first}/root${inside}`;
  }

  spawn(command: string, args: readonly string[]): Running {
    const spaces = ['--mount', '--pid', '--uts', '--ipc', '--net', '--cgroup'];
    return new Running('nsenter', [`--target=${this.#first}`, ...spaces, command, ...args]);
  }

  /** Runs a command inside to its end; throws when it fails, with what it printed. */
  async execute(command: string, ...args: readonly string[]): Promise<Finished> {
    return await succeed(this.spawn(command, args), `${command} ${args.join(' ')}`);
  }

  /** A property of the unit. */
  async show(property: string): Promise<string> {
    const { stdout } = await this.execute(
      'systemctl',
      'show',
      '--value',
      '--property',
      property,
      'xdpsentry',
    );
    return stdout.trim();
  }

  /** The main process of the unit, by the machine's numbers; undefined when it has none. */
  async mainPid(): Promise<number | undefined> {
    const inside = Number(await this.show('MainPID'));
    return inside === 0 ? undefined : outsideOf(inside, this.#first);
  }

  async dispose(): Promise<void> {
    await this.#keeper.stop('SIGKILL');
    await waitUntil('its processes have gone', async () => isRemoved(this.#cgroup));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.dispose();
  }
}

/** The process that `unshare` has forked: systemd, when it has got so far. */
function firstOf(keeper: number): number | undefined {
  try {
    const [child] = readFileSync(`/proc/${keeper}/task/${keeper}/children`, 'latin1').trim().split(' ');
    const isSystemd = child && readFileSync(`/proc/${child}/comm`, 'latin1').trim() === 'systemd';
    return isSystemd ? Number(child) : undefined;
  } catch {
    return undefined;
  }
}

/** Its number here of a process in the PID namespace of `first`. */
function outsideOf(inside: number, first: number): number | undefined {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .find((pid) => {
      try {
        const numbers =
          /^NSpid:\s*(.*)$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]?.split('\t') ?? [];
        return numbers.length > 1 && Number(numbers.at(-1)) === inside && isBelow(pid, first);
      } catch {
        return false; // it has ended since the directory was read
      }
    });
}

function isBelow(pid: number, first: number): boolean {
  if (pid === first) return true;
  const parent = /^PPid:\s*(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
  return parent !== undefined && Number(parent) > 1 && isBelow(Number(parent), first);
}

/** One of its own: it takes that in which it starts for the root of its machine. */
function makeCgroup(name: string): string {
  const path = `${CGROUPS2}/${name}`;
  mkdirSync(path);
  return path;
}

/** False as long as somebody is in it who has not quite ended. */
function isRemoved(cgroup: string): boolean {
  try {
    removeCgroup(cgroup);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EBUSY') return false;
    throw error;
  }
}

function removeCgroup(path: string): void {
  for (const entry of readdirSync(path, { withFileTypes: true }))
    if (entry.isDirectory()) removeCgroup(`${path}/${entry.name}`);
  rmdirSync(path);
}
