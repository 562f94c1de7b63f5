import type { Prefix } from '../values/prefix.ts';
import { plainly } from '../values/system-error.ts';
import { type AskTool, askTool, type ToolAnswer } from './ask-tool.ts';
import { Findings, type Found } from './findings.ts';
import { forwardedByIptables } from './iptables.ts';
import type { Json } from './json.ts';
import {
  elementsIn,
  forwardedByNft,
  labelOf,
  type NamedSet,
  type NftReading,
  type Ruleset,
  readRuleset,
} from './nft.ts';

export type Forwarded = {
  /** What each tool has told, by its name. */
  readonly found: ReadonlyMap<string, Found>;
  /** Tools that have not told, although there may be rules of theirs: these are as they were, for all that is known. */
  readonly unanswered: readonly string[];
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

type Failure = Extract<ToolAnswer, { failure: string }>;

/** Ports of this host that its rules of nftables and iptables forward. `own`: the addresses at which it can be reached. Never rejects. */
export async function readForwarded(own: readonly Prefix[], parts: ForwardedParts): Promise<Forwarded> {
  const ask = parts.ask ?? askTool;
  const found = new Map<string, Found>();
  const unanswered: string[] = [];
  const failures: string[] = [];
  const miss = (tool: string, failure: string) => {
    unanswered.push(tool);
    failures.push(failure);
  };
  /** Asked first: to ask for a table of iptables-legacy makes one. */
  const hasLegacyNat = (family: Family, tool: string): boolean => {
    try {
      return parts.legacyTables(family).includes('nat');
    } catch (error) {
      miss(tool, `the tables of ${tool.replace(/-save$/, '')}: ${plainly(error)}`);
      return false;
    }
  };
  const take = async (tool: string, answer: ToolAnswer) => {
    if (answer.failure === undefined) found.set(tool, await forwardedByIptables(answer.text, own));
    else miss(tool, answer.failure);
  };
  const ofNft = await readNft(ask, own);
  const isWithoutNft = 'failure' in ofNft && ofNft.isAbsent;
  if (!('failure' in ofNft)) found.set('nft', ofNft.findings);
  else if (!isWithoutNft) miss('nft', ofNft.failure);
  for (const family of families) {
    const program = programOf(family);
    const [tool, legacy] = [`${program}-nft-save`, `${program}-legacy-save`];
    if (!('failure' in ofNft)) {
      if (ofNft.ofIptables.has(family)) await take(tool, await ask(tool, NAT));
    } else if (!isWithoutNft) {
      unanswered.push(tool); // whether there is anything to ask it for, only nft knows
    } else {
      // Where there is no nft, iptables may be there all the same: it needs none.
      const answer = await ask(tool, NAT);
      if (answer.failure === undefined || !answer.isAbsent) await take(tool, answer);
    }
    if (hasLegacyNat(family, legacy)) await take(legacy, await askLegacy(ask, program));
  }
  // Whoever has made rules with a program that is not here can only be asked by one that is; of a host with tables of iptables-legacy all is known.
  if (isWithoutNft && found.size === 0 && failures.length === 0)
    miss('nft', 'there is no nft, and no iptables-nft-save');
  return { found, unanswered, failures };
}

/** All that was found, whoever has told it. */
export function altogether(found: Iterable<Found>): Found {
  const all = new Findings();
  for (const each of found) all.take(each);
  return all;
}

async function readNft(ask: AskTool, own: readonly Prefix[]): Promise<NftReading | Failure> {
  const answer = await ask('nft', ['-j', '-t', 'list', 'ruleset']); // without the elements of named sets, which may be many
  if (answer.failure !== undefined) return answer;
  try {
    return await withElements(await readRuleset(answer.text), ask, own);
  } catch (error) {
    return { failure: `nft: its answer cannot be read: ${(error as Error).message}`, isAbsent: false };
  }
}

/** Asks for the sets that packets are looked up in, as often as these lead to others. Rejects with an Error where nft does not tell. */
async function withElements(ruleset: Ruleset, ask: AskTool, own: readonly Prefix[]): Promise<NftReading> {
  const elements = new Map<string, readonly Json[]>();
  for (let round = 1; ; round++) {
    const reading = await forwardedByNft(ruleset, elements, own);
    if (reading.missing.length === 0) return reading;
    if (round > MAX_ROUNDS || elements.size > MAX_SETS) {
      for (const set of reading.missing) reading.findings.doubt(`nft ${set.kind} ${labelOf(set)}`);
      return reading;
    }
    for (const set of reading.missing.slice(0, MAX_SETS))
      elements.set(labelOf(set), await elementsOf(ask, set));
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
