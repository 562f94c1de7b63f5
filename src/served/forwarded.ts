import type { Prefix } from '../values/prefix.ts';
import { plainly } from '../values/system-error.ts';
import { type AskTool, askTool, type ToolAnswer } from './ask-tool.ts';
import { Findings, type ForwardedPorts } from './findings.ts';
import { forwardedByIptables } from './iptables.ts';
import type { Json } from './json.ts';
import { elementsIn, forwardedByNft, labelOf, type NamedSet, type NftReading } from './nft.ts';

export type Forwarded = {
  readonly ports: ForwardedPorts;
  /** Rules of which nobody can tell which ports they forward. */
  readonly unread: readonly string[];
  /** Why there may be other ports: a sentence each. */
  readonly failures: readonly string[];
};

/** What is asked of the machine; a test has another one. */
export type ForwardedParts = {
  readonly ask?: AskTool;
  /** Tables of iptables-legacy that there are: /proc/net/ip_tables_names and its sibling. May throw. */
  readonly legacyTables: (family: Family) => readonly string[];
};

/** Sets that are asked for one by one. */
const MAX_SETS = 64;
/** A set may lead to a chain that asks another one, and so on. */
const MAX_ROUNDS = 8;

const families = ['ip', 'ip6'] as const;
export type Family = (typeof families)[number];

const programOf = (family: Family): string => (family === 'ip' ? 'iptables' : 'ip6tables');

const NAT = ['-t', 'nat'];

/** Ports of this host that its rules of nftables and iptables forward. `own`: the addresses at which it can be reached. Never rejects. */
export async function readForwarded(own: readonly Prefix[], parts: ForwardedParts): Promise<Forwarded> {
  const ask = parts.ask ?? askTool;
  const findings = new Findings();
  const failures: string[] = [];
  /** Asked first: to ask for a table of iptables-legacy makes one. */
  const hasLegacyNat = (family: Family): boolean => {
    try {
      return parts.legacyTables(family).includes('nat');
    } catch (error) {
      failures.push(`the tables of ${programOf(family)}-legacy: ${plainly(error)}`);
      return false;
    }
  };
  const take = (answer: ToolAnswer) => {
    if (answer.failure === undefined) findings.take(forwardedByIptables(answer.text, own));
    else failures.push(answer.failure);
  };
  /** Without nft. */
  const takeAlone = (answer: ToolAnswer) => {
    const isAbsent = answer.failure !== undefined && answer.isAbsent;
    if (!isAbsent) take(answer);
    else if (failures.length === 0) failures.push('there is no nft, and no iptables-nft-save');
  };
  const ofNft = await readNft(ask, own);
  if (typeof ofNft === 'string') failures.push(ofNft);
  else if (ofNft) findings.take(ofNft.findings);
  for (const family of families) {
    const program = programOf(family);
    // Where there is no nft, iptables may be there all the same: it needs none.
    if (!ofNft) takeAlone(await ask(`${program}-nft-save`, NAT));
    else if (typeof ofNft !== 'string' && ofNft.ofIptables.has(family))
      take(await ask(`${program}-nft-save`, NAT));
    if (hasLegacyNat(family)) take(await askLegacy(ask, program));
  }
  return { ports: findings.ports, unread: findings.unread, failures };
}

/** Undefined: there is no nft. A text: why it cannot be asked. */
async function readNft(ask: AskTool, own: readonly Prefix[]): Promise<NftReading | string | undefined> {
  const answer = await ask('nft', ['-j', '-t', 'list', 'ruleset']); // without the elements of named sets, which may be many
  if (answer.failure !== undefined) return answer.isAbsent ? undefined : answer.failure;
  const elements = new Map<string, readonly Json[]>();
  try {
    for (let round = 1; ; round++) {
      const reading = forwardedByNft(answer.text, elements, own);
      if (reading.missing.length === 0) return reading;
      if (round > MAX_ROUNDS || elements.size > MAX_SETS) {
        for (const set of reading.missing) reading.findings.doubt(`nft ${set.kind} ${labelOf(set)}`);
        return reading;
      }
      for (const set of reading.missing.slice(0, MAX_SETS))
        elements.set(labelOf(set), await elementsOf(ask, set));
    }
  } catch (error) {
    return `nft: its answer cannot be read: ${(error as Error).message}`;
  }
}

/** Throws an Error where nft does not tell. */
async function elementsOf(ask: AskTool, { kind, family, table, name }: NamedSet): Promise<readonly Json[]> {
  const answer = await ask('nft', ['-j', 'list', kind, family, table, name]);
  if (answer.failure !== undefined) throw new Error(answer.failure);
  return elementsIn(answer.text);
}

/** Before there were two kinds of iptables it had no surname. */
async function askLegacy(ask: AskTool, program: string): Promise<ToolAnswer> {
  const answer = await ask(`${program}-legacy-save`, NAT);
  const isAbsent = answer.failure !== undefined && answer.isAbsent;
  return isAbsent ? await ask(`${program}-save`, NAT) : answer;
}
