import { writeEthernet } from '../capture/ethernet.ts';
import type { Frame, FrameSource } from '../capture/open.ts';
import type { Policy } from '../config/policy.ts';
import { Regulars } from '../exempt/regulars.ts';
import type { LossCount, OutcomeCount } from '../kernel/data-plane.ts';
import { FrameBatch, MAX_FRAME_BYTES, MIN_FRAME_BYTES } from '../kernel/frame-batch.ts';
import type { Bond, GuardedAddress } from '../respond/guard.ts';
import { NS_PER_MS, NS_PER_SECOND } from '../values/duration.ts';
import { formatPrefix, type Prefix } from '../values/prefix.ts';
import { sourceOf } from '../values/source.ts';
import { addressText, prefixOf, sourceText } from './address.ts';
import { CaptureSentry } from './capture-sentry.ts';
import { ReplayClock } from './clock.ts';
import { type Packet, readPacket } from './packet.ts';
import { Protected } from './protected.ts';
import type { Served } from './served.ts';
import { type OnHandshake, Sockets } from './sockets.ts';
import type { Stories } from './story.ts';
import { Survey } from './survey.ts';

export type ReplayRequest = {
  /** Its mode is no matter: what would be blocked is what is asked. */
  readonly policy: Policy;
  /** In any order. */
  readonly captures: readonly FrameSource[];
  /** Networks that count as this host. `guess`: the host that stands out, if there is one; `each`: every address is a host of its own. */
  readonly protect: readonly Prefix[] | 'guess' | 'each';
  /** Undefined: what answers in the capture. */
  readonly served: Served | undefined;
  /** Who is never blocked, as the gateways of a host are that runs a sentry. */
  readonly guard: readonly Prefix[];
};

export type Replayed = {
  readonly stories: Stories;
  readonly clock: ReplayClock;
  /** The networks that count as this host; undefined: each host is one of its own. */
  readonly protected: readonly Prefix[] | undefined;
  readonly isGuessed: boolean;
  /** Who answers its questions for names, and is never blocked for that. */
  readonly resolvers: readonly Prefix[];
  readonly frames: number;
  /** Of these the program has seen so many; the others were sent by protected hosts, or to others. */
  readonly judged: number;
  /** Frames that go to a protected host; among them such as come from one, which are not judged. */
  readonly toHosts: number;
  readonly betweenHosts: number;
  /** Frames that are none: shorter than an Ethernet header. */
  readonly tooShort: number;
  readonly outcomes: readonly OutcomeCount[];
  readonly losses: readonly LossCount[];
  /** Sources that have proved that their address is theirs. */
  readonly proven: ReadonlySet<string>;
  /** What is wrong with the ignore files. */
  readonly problems: readonly string[];
};

/** What the survey sees of a frame: ports are further in nowhere. */
const SURVEYED_BYTES = 512;

/** Runs captures through the data plane and the trigger logic, as if this host had got them. Throws a SentryError. */
export function replay({ policy, captures, protect, served, guard }: ReplayRequest): Replayed {
  const inOrder = captures.map((capture) => ({ capture, startNs: startOf(capture) }));
  inOrder.sort((a, b) => a.startNs - b.startNs);
  const survey = new Survey();
  for (const { capture } of inOrder) look(capture, survey);
  const guess = protect === 'guess' ? survey.host : undefined;
  const hosts = new Protected(
    typeof protect === 'string' ? guess?.map(prefixOf) : protect,
    (source, destination) => survey.outbound.isClients(source, destination),
  );
  const resolvers = hosts.networks ? survey.resolversOf(hosts).map(prefixOf) : [];
  const guarded = [
    ...guard.map((prefix) => ({ prefix, reason: 'guarded, as you have said' })),
    ...resolvers.map((prefix) => ({ prefix, reason: 'a resolver of the host' })),
  ];
  const replay = new Replay(
    policy,
    hosts,
    guarded,
    (onHandshake) => new Sockets(served ?? survey.served, survey.underWay(hosts), onHandshake),
  );
  try {
    for (const { capture } of inOrder) for (const frame of capture.frames()) replay.take(frame);
    const replayed = replay.end();
    const forgotten = { reason: 'survey_forgotten', count: survey.forgotten };
    const losses = [...replayed.losses, forgotten];
    return { ...replayed, losses, protected: hosts.networks, isGuessed: guess !== undefined, resolvers };
  } finally {
    replay.close();
  }
}

/** The time of its first frame. */
function startOf(capture: FrameSource): number {
  for (const { seconds, nanoseconds } of capture.frames()) return seconds * NS_PER_SECOND + nanoseconds;
  return 0;
}

function look(capture: FrameSource, survey: Survey): void {
  const target = new Uint8Array(SURVEYED_BYTES);
  for (const { linkType, bytes } of capture.frames()) {
    const packet = readPacket(target.subarray(0, writeEthernet(linkType, bytes, target)));
    if (packet) survey.look(packet);
  }
}

/** Frames on their way to the sentry, and what the hosts that they are of make of them meanwhile. */
class Replay {
  readonly #hosts: Protected;
  readonly #sockets: Sockets;
  readonly #sourceBits6: number;
  readonly #guardsConnected: boolean;
  readonly #sentry: CaptureSentry;
  readonly #clock = new ReplayClock();
  readonly #batch = new FrameBatch();
  /** What is in the frames of the batch. */
  readonly #packets: (Packet | undefined)[] = [];
  #frames = 0;
  #judged = 0;
  #tooShort = 0;
  #toHosts = 0;
  #betweenHosts = 0;
  readonly #regulars = new Regulars();
  /** When it was asked last who holds a connection, and what had changed by then. */
  #connectedSecond = 0;
  #connectedChanges = 0;
  #haveRegularsChanged = false;
  #connected: ReadonlyMap<string, Prefix> = new Map();

  /** Completed calls of each source, by its text: where each address is a host of its own, most sources are clients of others. */
  readonly #handshakes = new Map<string, number>();

  constructor(
    policy: Policy,
    hosts: Protected,
    guarded: readonly GuardedAddress[],
    makeSockets: (onHandshake: OnHandshake) => Sockets,
  ) {
    this.#hosts = hosts;
    this.#sockets = makeSockets((key, ports, isCaller, nowNs) => {
      const source = sourceOf(prefixOf(key), policy.sourceBits6);
      const text = formatPrefix(source);
      if (isCaller) this.#handshakes.set(text, (this.#handshakes.get(text) ?? 0) + 1);
      if (this.#guardsConnected && this.#regulars.note({ text, source }, ports, nowNs / NS_PER_MS))
        this.#haveRegularsChanged = true;
    });
    this.#sourceBits6 = policy.sourceBits6;
    // Who is connected to one of many hosts is a stranger to the others.
    this.#guardsConnected = policy.guardsConnected && hosts.networks !== undefined;
    this.#sentry = new CaptureSentry(policy, guarded, (source) => this.#bondOf(source));
  }

  take({ linkType, bytes, seconds, nanoseconds }: Frame): void {
    const nowNs = this.#clock.advance({ seconds, nanoseconds });
    this.#frames++;
    if (this.#guardsConnected) this.#lookAtConnections(nowNs);
    const { start } = this.#batch;
    const room = this.#batch.data.subarray(start, start + MAX_FRAME_BYTES);
    const length = writeEthernet(linkType, bytes, room);
    if (length < MIN_FRAME_BYTES) {
      this.#tooShort++;
      return;
    }
    const packet = readPacket(room.subarray(0, length));
    const isIncoming = !packet || this.#hosts.isIncoming(packet.source, packet.destination);
    const isServed = packet !== undefined && isIncoming && this.#sockets.isMeant(packet, nowNs);
    if (packet) this.#exchange(packet, nowNs);
    if (!isIncoming) return;
    this.#packets[this.#batch.count] = packet;
    this.#batch.push(length, { nowNs, isServed });
    this.#judged++;
    if (this.#batch.isFull) this.#flush();
  }

  end(): Omit<Replayed, 'protected' | 'isGuessed' | 'resolvers'> {
    this.#flush();
    this.#sentry.end();
    const forgotten = { reason: 'connection_forgotten', count: this.#sockets.forgotten };
    return {
      stories: this.#sentry.stories,
      clock: this.#clock,
      frames: this.#frames,
      judged: this.#judged,
      toHosts: this.#toHosts,
      betweenHosts: this.#betweenHosts,
      tooShort: this.#tooShort,
      outcomes: this.#sentry.outcomes(),
      losses: [...this.#sentry.losses(), forgotten],
      proven: new Set([...this.#sockets.proven].map((key) => sourceText(key, this.#sourceBits6))),
      problems: this.#sentry.problems,
    };
  }

  close(): void {
    this.#sentry.close();
  }

  /** Both ends of it, as far as they are hosts of ours, take note. */
  #exchange(packet: Packet, nowNs: number): void {
    const isFromHost = this.#hosts.has(packet.source);
    if (isFromHost) this.#sockets.sent(packet, nowNs);
    if (!this.#hosts.has(packet.destination)) return;
    this.#sockets.received(packet, nowNs);
    this.#toHosts++;
    if (isFromHost) this.#betweenHosts++;
  }

  #bondOf(source: string): Bond | undefined {
    if (this.#hosts.networks === undefined) return this.#isClient(source) ? 'regular' : undefined;
    if (this.#connected.has(source)) return 'connection';
    return this.#regulars.has(source) ? 'regular' : undefined;
  }

  /** Who is let in more often than he is turned away, be it by many: he has his business there. */
  #isClient(source: string): boolean {
    const probes = this.#sentry.stories.find(source)?.probes ?? 0;
    return (this.#handshakes.get(source) ?? 0) > probes;
  }

  /** Once a second, as the controller does. */
  #lookAtConnections(nowNs: number): void {
    const second = Math.floor(nowNs / NS_PER_SECOND);
    const { peers } = this.#sockets;
    if (second === this.#connectedSecond) return;
    this.#connectedSecond = second;
    if (this.#regulars.sweep(nowNs / NS_PER_MS)) this.#haveRegularsChanged = true;
    if (peers.changes === this.#connectedChanges && !this.#haveRegularsChanged) return;
    this.#connectedChanges = peers.changes;
    this.#haveRegularsChanged = false;
    this.#flush();
    const holders = [...peers.addresses()].map((key) => sourceOf(prefixOf(key), this.#sourceBits6));
    this.#connected = new Map(holders.map((source) => [formatPrefix(source), source]));
    const regulars = [...this.#regulars].map(({ text, source }) => [text, source] as const);
    this.#sentry.setConnected(new Map([...this.#connected, ...regulars]));
  }

  #flush(): void {
    this.#sentry.judge(this.#batch, (index) => {
      const packet = this.#packets[index];
      if (!packet) return;
      const { source, destination, transport } = packet;
      const target = transport && { ...transport, destination: addressText(destination) };
      this.#sentry.stories.find(sourceText(source, this.#sourceBits6))?.drop(target);
    });
    this.#batch.clear();
  }
}
