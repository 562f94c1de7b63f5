import { portKey, portOf } from '../detect/port-key.ts';
import type { Protocol } from '../detect/probe.ts';
import { portsText } from '../report/ports-text.ts';

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
}
