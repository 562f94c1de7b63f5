import { mkdirSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Host } from './lab.ts';
import { type Finished, Running, succeed } from './process.ts';

/** What a daemon writes to or reads its set-up from: each private root has its own, and the machine's are out of reach. */
const OWN = ['/etc', '/dev', '/root', '/run', '/var/lib', '/var/log'] as const;
const DEVICES = ['full', 'null', 'random', 'tty', 'urandom', 'zero'] as const;
/** The program under test and its runtime, wherever they are kept: a checkout below /root must not vanish. */
const KEPT = [new URL('../..', import.meta.url).pathname, dirname(process.execPath)] as const;

/** All of it lies in a tmpfs, and goes with the namespace. The shell's number is read before /proc is the new namespace's. */
const SCRIPT = `
set -e
read -r pid rest </proc/self/stat
mount -t tmpfs -o mode=755 tmpfs "$1"
cd "$1"
shift
for directory in ${OWN.join(' ')}; do mkdir -p ".$directory"; done
cp -a /etc/. etc
for device in ${DEVICES.join(' ')}; do : >"dev/$device"; mount --bind "/dev/$device" "dev/$device"; done
ln -s /proc/self/fd dev/fd
for kept; do mkdir -p ".$kept"; mount --bind "$kept" ".$kept"; done
for directory in ${OWN.join(' ')}; do mount --rbind ".$directory" $directory; done
cd /
mount -t proc proc /proc
echo "ready $pid"
while :; do sleep infinity & wait; done # for what daemons leave behind
`;

export type PrivateProcess = { readonly pid: number; readonly command: string };

/**
 * A machine of its own for daemons that have their paths built in: a host of the lab as network, and namespaces for mounts and
 * processes, in which /etc is a copy, /var/lib, /var/log, /root and /run are empty, and /dev is a handful of devices. It is
 * seen from outside through `path()`. Whatever runs in it, daemons included, ends with `dispose()`.
 */
export class PrivateRoot implements AsyncDisposable {
  readonly #keeper: Running;
  readonly #first: number;

  private constructor(keeper: Running, first: number) {
    this.#keeper = keeper;
    this.#first = first;
  }

  /** `directory` is made; it must not be there yet, and stays empty for all others. */
  static async create(host: Host, directory: string): Promise<PrivateRoot> {
    mkdirSync(directory);
    const kept = KEPT.filter((path) => OWN.some((own) => path.startsWith(`${own}/`)));
    const unshare = ['--mount', '--propagation', 'private', '--pid', '--fork', '--kill-child'];
    const keeper = host.spawn('unshare', [...unshare, 'sh', '-c', SCRIPT, 'sh', directory, ...kept]);
    const first = await keeper.waitFor('the private root', () => /^ready (\d+)$/m.exec(keeper.stdout)?.[1]);
    return new PrivateRoot(keeper, Number(first));
  }

  /** Where a file below one of its own directories is to be found from outside, while it lasts. */
  path(inside: string): string {
    if (!OWN.some((own) => inside.startsWith(`${own}/`))) throw new Error(`${inside} is the machine's`);
    return `/proc/${this.#first}/root${inside}`;
  }

  /** Starts a command inside. To end one that goes on by itself, look for it in `processes()`. */
  spawn(command: string, args: readonly string[]): Running {
    return new Running('nsenter', [
      `--target=${this.#first}`,
      '--root',
      '--net',
      '--mount',
      '--pid',
      command,
      ...args,
    ]);
  }

  /** Runs a command inside to its end; throws when it fails, with what it printed. */
  async execute(command: string, args: readonly string[]): Promise<Finished> {
    return await succeed(this.spawn(command, args), `${command} ${args.join(' ')}`);
  }

  /** What runs inside, daemons included, by the machine's numbers. */
  processes(): PrivateProcess[] {
    const namespace = readlinkSync(`/proc/${this.#first}/ns/pid`);
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name) && Number(name) !== this.#first)
      .flatMap((name) => {
        try {
          if (readlinkSync(`/proc/${name}/ns/pid`) !== namespace) return [];
          const command = readFileSync(`/proc/${name}/cmdline`, 'latin1').replaceAll('\0', ' ').trim();
          return [{ pid: Number(name), command }];
        } catch {
          return []; // It has ended since the directory was read.
        }
      });
  }

  /** Ends the first process, and with it the namespace with all that runs inside. */
  async dispose(): Promise<void> {
    if (!this.#keeper.hasEnded) process.kill(this.#first, 'SIGKILL');
    await this.#keeper.finished;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.dispose();
  }
}
