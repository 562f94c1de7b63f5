import { type Mark, type Probe, type ProbeKind, probeKinds } from '../../src/detect/probe.ts';
import type { Rule } from '../../src/detect/rule.ts';
import type { Traits } from '../../src/detect/traits.ts';

export const seconds = (count: number): number => count * 1e9;

/** A rule that asks for nothing but what is said. */
export function rule(wanted: Partial<Rule>): Rule {
  const kinds = new Set(probeKinds);
  return {
    name: 'rule',
    kinds,
    ports: 1,
    hosts: 1,
    targets: 1,
    probes: 1,
    windowNs: seconds(60),
    again: 'window',
    ...wanted,
  };
}

/** Probes of one source, numbered as the data plane numbers them. */
export class Source {
  readonly name: string;
  readonly #kinds = new Set<ProbeKind>();
  readonly #ports = new Set<string>();
  #firstNs = 0;
  #total = 0;

  constructor(name = '198.51.100.66') {
    this.name = name;
  }

  /** One probe that is told of; `untold` came before it without being told of. */
  probe(
    atNs: number,
    port: number,
    wanted: {
      kind?: ProbeKind;
      protocol?: 'tcp' | 'udp';
      untold?: number;
      destination?: string;
      traits?: Traits;
      mark?: Mark | undefined;
    } = {},
  ): Probe {
    const {
      kind = 'syn',
      protocol = kind === 'udp' ? 'udp' : 'tcp',
      untold = 0,
      destination = '192.0.2.1',
    } = wanted;
    this.#kinds.add(kind);
    this.#ports.add(`${port}/${protocol}`);
    if (this.#total === 0) this.#firstNs = atNs;
    this.#total += 1 + untold;
    return {
      source: this.name,
      destination,
      protocol,
      port,
      kind,
      firstNs: this.#firstNs,
      total: this.#total,
      kinds: new Set(this.#kinds),
      portCount: this.#ports.size,
      traits: wanted.traits,
      mark: wanted.mark,
      atNs,
    };
  }

  /** The data plane forgets the source: the next probe begins a new story. */
  forget(): void {
    this.#total = 0;
    this.#kinds.clear();
    this.#ports.clear();
  }
}
