import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execute, type Finished, Running } from './process.ts';

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

  constructor(namespace: string, interfaceName: string) {
    this.namespace = namespace;
    this.interface = interfaceName;
  }

  /** `nsenter` and not `ip netns exec`: that hides /sys/fs/bpf. */
  spawn(command: string, args: readonly string[]): Running {
    return new Running('nsenter', [`--net=/run/netns/${this.namespace}`, command, ...args]);
  }

  async execute(command: string, args: readonly string[]): Promise<Finished> {
    return await execute('nsenter', [`--net=/run/netns/${this.namespace}`, command, ...args]);
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

  private constructor(id: string) {
    this.sentry = new Host(`xs-${id}-sentry`, `xs${id}a`);
    this.scanner = new Host(`xs-${id}-scanner`, `xs${id}b`);
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

  /** Has a process ended with the lab. */
  track(running: Running): Running {
    this.#running.add(running);
    return running;
  }

  async dispose(): Promise<void> {
    await Promise.all([...this.#running].map((running) => running.stop().catch(() => undefined)));
    for (const { namespace } of [this.sentry, this.scanner]) {
      await execute('ip', ['netns', 'del', namespace]).catch(() => undefined);
    }
    rmSync(this.directory, { recursive: true, force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.dispose();
  }

  async #build(): Promise<void> {
    const { sentry, scanner } = this;
    await execute('ip', ['netns', 'add', sentry.namespace]);
    await execute('ip', ['netns', 'add', scanner.namespace]);
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
