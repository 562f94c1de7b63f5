import { portKey, portOf, portsText } from '../detect/port-key.ts';
import type { Protocol } from '../detect/probe.ts';

/**
 * What a scan looks like from where it went: many ports of one host, one port of many hosts, both; or too little to tell. And from who
 * sent it: one of several sources that scan together, or that hide behind one another.
 */
export type ScanClass = 'vertical' | 'horizontal' | 'block' | 'single' | 'distributed' | 'decoy';

/** So many ports, or hosts, make a shape; fewer may be a mistake. */
const ENOUGH = 3;

/** Distinct ports and hosts that a source has tried. */
export class ScanShape {
  readonly #ports = new Set<number>();
  readonly #hosts = new Set<string>();

  add(host: string, protocol: Protocol, port: number): void {
    this.#ports.add(portKey({ protocol, port }));
    this.#hosts.add(host);
  }

  /** Distinct ports: TCP and UDP are two. */
  get ports(): number {
    return this.#ports.size;
  }

  get hosts(): number {
    return this.#hosts.size;
  }

  /** `22-25/tcp,53/udp` */
  get portText(): string {
    return portsText(Array.from(this.#ports, portOf));
  }

  /** In the order in which they were tried. */
  hostList(limit: number): string[] {
    return [...this.#hosts].slice(0, limit);
  }

  get class(): ScanClass {
    const hasPorts = this.ports >= ENOUGH;
    const hasHosts = this.hosts >= ENOUGH;
    if (hasPorts && hasHosts) return 'block';
    if (hasHosts) return 'horizontal';
    return hasPorts ? 'vertical' : 'single';
  }
}
