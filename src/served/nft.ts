import { unhurried } from '../store/unhurried.ts';
import type { Prefix } from '../values/prefix.ts';
import { Findings } from './findings.ts';
import { arrayAt, at, type Json, objectAt, textAt } from './json.ts';
import { keyOf, narrowBy, narrowByOther } from './nft-match.ts';
import { EVERYTHING, type Reach } from './reach.ts';

/** Chains that call each other; the kernel has a limit of its own. */
const MAX_DEPTH = 32;

/** A set or a map with a name, by which its elements are asked for. */
export type NamedSet = {
  readonly kind: 'set' | 'map';
  readonly family: string;
  readonly table: string;
  readonly name: string;
};

export const labelOf = ({ family, table, name }: Pick<NamedSet, 'family' | 'table' | 'name'>): string =>
  `${family} ${table} ${name}`;

type Table = { readonly family: string; readonly name: string; isOfIptables: boolean };

type Rule = { readonly expressions: readonly Json[]; readonly handle: Json };

type Chain = {
  readonly table: Table;
  readonly name: string;
  /** Packets that arrive begin here. */
  readonly isFirst: boolean;
  readonly rules: Rule[];
};

/** What `nft -j list ruleset` has told. */
export type Ruleset = {
  readonly chains: ReadonlyMap<string, Chain>;
  readonly named: ReadonlyMap<string, NamedSet>;
};

export type NftReading = {
  readonly findings: Findings;
  /** Named sets that packets are looked up in, and whose elements are not known yet: the findings are not complete without. */
  readonly missing: readonly NamedSet[];
  /** Families of the tables that iptables has made, `ip` and `ip6`: nft has no words for their rules, and iptables-save has. */
  readonly ofIptables: ReadonlySet<string>;
};

/**
 * Ports that these rules forward (libnftables-json(5)): what a packet to one of the addresses in `own` meets from the chains
 * of type nat at the hook prerouting on. `elements` are those of named sets and maps, by labelOf(). A rule that lets go of some packets
 * before is not looked at, so there may be some ports too many. Gives back turns of the event loop meanwhile.
 */
export async function forwardedByNft(
  { chains, named }: Ruleset,
  elements: ReadonlyMap<string, readonly Json[]>,
  own: readonly Prefix[],
): Promise<NftReading> {
  const walk = new Walk(chains, named, elements, own);
  const ofIptables = new Set<string>();
  for (const [label, { table, isFirst }] of chains) {
    if (!isFirst) continue;
    if (table.isOfIptables) ofIptables.add(table.family);
    else await unhurried(walk.chain(label, EVERYTHING, 0), () => {});
  }
  return { findings: walk.findings, missing: [...walk.missing.values()], ofIptables };
}

/** Elements of the one set in `nft -j list set …`. Throws a SyntaxError on what is no JSON. */
export function elementsIn(text: string): readonly Json[] {
  const objects = arrayAt(JSON.parse(text), 'nftables') ?? [];
  return objects.flatMap((it) => arrayAt(it, 'set', 'elem') ?? arrayAt(it, 'map', 'elem') ?? []).map(plain);
}

/** Gives back turns of the event loop, but for the parsing itself. Rejects with a SyntaxError on what is no JSON. */
export async function readRuleset(text: string): Promise<Ruleset> {
  const tables = new Map<string, Table>();
  const chains = new Map<string, Chain>();
  const named = new Map<string, NamedSet>();
  const tableOf = (family: string, name: string): Table => {
    const label = `${family} ${name}`;
    const table = tables.get(label) ?? { family, name, isOfIptables: false };
    tables.set(label, table);
    return table;
  };
  await unhurried(arrayAt(JSON.parse(text), 'nftables') ?? [], (object) => {
    const [kind = '', body] = Object.entries(objectAt(object) ?? {})[0] ?? [];
    const [family, table, name] = ['family', 'table', 'name'].map((key) => textAt(body, key) ?? '');
    if (kind === 'chain') {
      const isFirst = textAt(body, 'type') === 'nat' && textAt(body, 'hook') === 'prerouting';
      chains.set(`${family} ${table} ${name}`, {
        table: tableOf(family!, table!),
        name: name!,
        isFirst,
        rules: [],
      });
    } else if (kind === 'rule') {
      const expressions = arrayAt(body, 'expr') ?? [];
      if (expressions.some((it) => at(it, 'xt') !== undefined)) tableOf(family!, table!).isOfIptables = true;
      const chain = chains.get(`${family} ${table} ${textAt(body, 'chain')}`);
      chain?.rules.push({ expressions, handle: at(body, 'handle') });
    } else if (kind === 'set' || kind === 'map') {
      named.set(`${family} ${table} ${name}`, { kind, family: family!, table: table!, name: name! });
    }
  });
  return { chains, named };
}

/** Nothing to hand over, only a point at which a walk may pause. */
type Steps = Generator<void>;

/** One walk through the chains that a packet may take. */
class Walk {
  readonly findings = new Findings();
  readonly missing = new Map<string, NamedSet>();
  readonly #chains: ReadonlyMap<string, Chain>;
  readonly #named: ReadonlyMap<string, NamedSet>;
  readonly #elements: ReadonlyMap<string, readonly Json[]>;
  readonly #own: readonly Prefix[];

  constructor(
    chains: ReadonlyMap<string, Chain>,
    named: ReadonlyMap<string, NamedSet>,
    elements: ReadonlyMap<string, readonly Json[]>,
    own: readonly Prefix[],
  ) {
    this.#chains = chains;
    this.#named = named;
    this.#elements = elements;
    this.#own = own;
  }

  *chain(label: string, reach: Reach, depth: number): Steps {
    const chain = this.#chains.get(label);
    if (!chain || depth > MAX_DEPTH) return;
    for (const rule of chain.rules) {
      if (!this.findings.mayGoOn()) return;
      yield;
      yield* this.#rule(rule, chain, reach, depth);
    }
  }

  /** Statements are carried out from left to right; each goes on with what the one before has let through. */
  *#rule({ expressions, handle }: Rule, { table, name }: Chain, reach: Reach, depth: number): Steps {
    let left: readonly Reach[] = [reach];
    for (const statement of expressions) {
      const [kind = '', body] = Object.entries(objectAt(statement) ?? {})[0] ?? [];
      if (kind === 'match') left = left.flatMap((it) => this.#matched(it, body, table));
      else if (kind === 'vmap') yield* this.#branch(left, body, table, depth);
      else if (kind === 'jump' || kind === 'goto') yield* this.#call(left, body, table, depth);
      else if (kind === 'dnat' || kind === 'redirect')
        yield* this.#forward(
          left,
          body,
          table,
          `nft table ${table.family} ${table.name}, chain ${name}, handle ${handle}`,
        );
      if (left.length === 0) return;
    }
  }

  #matched(reach: Reach, match: Json, table: Table): readonly Reach[] {
    const left = at(match, 'left');
    const key = keyOf(left);
    if (!key) return [narrowByOther(left, reach)];
    const values = this.#valuesOf(at(match, 'right'), table);
    return values ? narrowBy(key, textAt(match, 'op') ?? '==', values, reach, this.#own) : [];
  }

  *#call(reaches: readonly Reach[], verdict: Json, { family, name }: Table, depth: number): Steps {
    const target = textAt(verdict, 'target');
    for (const reach of reaches) yield* this.chain(`${family} ${name} ${target}`, reach, depth + 1);
  }

  *#branch(reaches: readonly Reach[], vmap: Json, table: Table, depth: number): Steps {
    for (const [left, value] of this.#lookedUp(reaches, vmap, table)) {
      yield;
      const verdict = at(value, 'jump') ?? at(value, 'goto');
      if (verdict !== undefined) yield* this.#call(left, verdict, table, depth);
    }
  }

  /** Where the destination comes out of a map, only what is in it is forwarded. */
  *#forward(reaches: readonly Reach[], body: Json, table: Table, rule: string): Steps {
    const map = at(body, 'addr', 'map') ?? at(body, 'port', 'map');
    const found = map === undefined ? [[reaches] as const] : this.#lookedUp(reaches, map, table);
    for (const [left] of found) {
      yield;
      for (const reach of left) this.findings.forward(reach, rule);
    }
  }

  /** What is left of each reach for each entry of a map, and what stands there; as many as may be. */
  *#lookedUp(reaches: readonly Reach[], map: Json, table: Table): Generator<[readonly Reach[], Json]> {
    const left = at(map, 'key');
    const key = keyOf(left);
    for (const entry of this.#valuesOf(at(map, 'data'), table) ?? []) {
      const [wanted, value] = Array.isArray(entry) ? (entry as readonly Json[]) : [];
      const values = [plain(wanted)];
      for (const reach of reaches) {
        if (!this.findings.mayGoOn()) return;
        yield [key ? narrowBy(key, '==', values, reach, this.#own) : [narrowByOther(left, reach)], value];
      }
    }
  }

  /** Undefined: of a set whose elements are to be asked for. */
  #valuesOf(right: Json, { family, name: table }: Table): readonly Json[] | undefined {
    if (typeof right !== 'string' || !right.startsWith('@'))
      return (arrayAt(right, 'set') ?? (Array.isArray(right) ? right : [right])).map(plain);
    const label = labelOf({ family, table, name: right.slice(1) });
    const known = this.#elements.get(label);
    const set = this.#named.get(label);
    if (!known && set) this.missing.set(label, set);
    return known;
  }
}

/** An element without what else is said of it: a comment, a timeout. */
const plain = (element: Json): Json => at(element, 'elem', 'val') ?? element;
