import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, rmdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execute, type Finished, Running, succeed } from './process.ts';

/** Who is who. The scanner's IPv6 network is not the sentry's, as on the Internet. */
export const addresses = {
  sentry: { ipv4: '198.51.100.1', ipv6: '2001:db8:0:1::1' },
  scanner: { ipv4: '198.51.100.66', ipv6: '2001:db8:0:66::1', source6: '2001:db8:0:66::/64' },
  /** Lives beside the scanner and means no harm. */
  client: { ipv4: '198.51.100.20', ipv6: '2001:db8:0:20::1' },
} as const;

/** A host of the lab: a network namespace with one interface. */
export class Host {
  readonly namespace: string;
  readonly interface: string;
  readonly #running: Set<Running>;

  /** Whatever runs on the host is added to `running`. */
  constructor(namespace: string, interfaceName: string, running: Set<Running>) {
    this.namespace = namespace;
    this.interface = interfaceName;
    this.#running = running;
  }

  /** `nsenter` and not `ip netns exec`: that hides /sys/fs/bpf. */
  spawn(command: string, args: readonly string[]): Running {
    const running = new Running('nsenter', [`--net=/run/netns/${this.namespace}`, command, ...args]);
    this.#running.add(running);
    return running;
  }

  /** Runs a command to its end; throws when it fails, with what it printed. */
  async execute(command: string, args: readonly string[]): Promise<Finished> {
    return await succeed(this.spawn(command, args), `${command} ${args.join(' ')}`);
  }
}

/**
 * Two hosts on a wire of their own: two network namespaces, both ends of a veth pair inside, no default route, nothing
 * that could leave. Names are unique, so that two labs never meet. Everything goes with `dispose()`, in whatever state it is.
 */
export class Lab implements AsyncDisposable {
  readonly sentry: Host;
  readonly scanner: Host;
  /** For sockets and files of the run. */
  readonly directory: string;
  readonly #running = new Set<Running>();
  /** Inodes of its network namespaces: the names of pins end with them. */
  readonly #inodes: number[] = [];

  private constructor(id: string) {
    this.sentry = new Host(`xs-${id}-sentry`, `xs${id}a`, this.#running);
    this.scanner = new Host(`xs-${id}-scanner`, `xs${id}b`, this.#running);
    this.directory = mkdtempSync(join(tmpdir(), `xdpsentry-${id}-`));
  }

  static async create(): Promise<Lab> {
    const lab = new Lab(randomBytes(3).toString('hex'));
    try {
      await lab.#build();
      return lab;
    } catch (error) {
      await lab.dispose();
      throw error;
    }
  }

  async dispose(): Promise<void> {
    await Promise.all([...this.#running].map((running) => running.stop().catch(() => undefined)));
    for (const path of this.pins()) rmSync(path, { recursive: true });
    if (existsSync(PINS) && readdirSync(PINS).length === 0) rmdirSync(PINS);
    for (const { namespace } of [this.sentry, this.scanner]) {
      await execute('ip', ['netns', 'del', namespace]).catch(() => undefined);
    }
    rmSync(this.directory, { recursive: true, force: true });
  }

  /** Directories in the BPF file system, one for each interface that a sentry watches or has watched when it was killed. */
  pins(): string[] {
    if (!existsSync(PINS)) return [];
    return readdirSync(PINS)
      .filter((name) => this.#inodes.some((inode) => name.endsWith(`-${inode}`)))
      .map((name) => `${PINS}/${name}`);
  }

  /** What is still there of it: after `dispose()` that should be nothing. */
  async leftovers(): Promise<string[]> {
    const { stdout: namespaces } = await execute('ip', ['netns', 'list']);
    const { stdout: links } = await execute('ip', ['-oneline', 'link']);
    const hosts = [this.sentry, this.scanner];
    return [
      ...hosts
        .filter(({ namespace }) => namespaces.includes(namespace))
        .map(({ namespace }) => `namespace ${namespace}`),
      ...hosts
        .filter((host) => links.includes(` ${host.interface}@`))
        .map((host) => `link ${host.interface}`),
      ...this.pins().map((path) => `pin ${path}`),
      ...[...this.#running].filter(({ hasEnded }) => !hasEnded).map(({ pid }) => `process ${pid}`),
      ...(existsSync(this.directory) ? [this.directory] : []),
    ];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.dispose();
  }

  async #build(): Promise<void> {
    const { sentry, scanner } = this;
    await execute('ip', ['netns', 'add', sentry.namespace]);
    await execute('ip', ['netns', 'add', scanner.namespace]);
    for (const { namespace } of [sentry, scanner]) this.#inodes.push(statSync(`/run/netns/${namespace}`).ino);
    await execute(
      'ip',
      `link add ${sentry.interface} netns ${sentry.namespace} type veth peer name ${scanner.interface} netns ${scanner.namespace}`.split(
        ' ',
      ),
    );
    await this.#configure(sentry, [addresses.sentry.ipv4, addresses.sentry.ipv6]);
    const outside = [addresses.scanner, addresses.client];
    await this.#configure(
      scanner,
      outside.flatMap(({ ipv4, ipv6 }) => [ipv4, ipv6]),
    );
    for (const { ipv6 } of outside) await this.#route(sentry, ipv6, addresses.sentry.ipv6);
    await this.#route(scanner, addresses.sentry.ipv6, addresses.scanner.ipv6);
  }

  /** IPv4 shares a /24; each IPv6 address has a /64 of its own, reached by a route on the link. */
  async #configure(host: Host, list: readonly string[]): Promise<void> {
    await host.execute('ip', ['link', 'set', 'lo', 'up']);
    for (const address of list) {
      const length = address.includes(':') ? ['128', 'nodad'] : ['24'];
      await host.execute('ip', [
        'address',
        'add',
        `${address}/${length[0]}`,
        'dev',
        host.interface,
        ...length.slice(1),
      ]);
    }
    await host.execute('ip', ['link', 'set', host.interface, 'up']);
  }

  async #route(host: Host, ipv6: string, source: string): Promise<void> {
    await host.execute('ip', ['-6', 'route', 'add', ipv6, 'dev', host.interface, 'src', source]);
  }
}

const PINS = '/sys/fs/bpf/xdpsentry';
