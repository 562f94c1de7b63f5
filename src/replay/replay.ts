import { writeEthernet } from '../capture/ethernet.ts';
import type { Capture } from '../capture/open.ts';
import { followIgnoreFiles } from '../config/ignore-files.ts';
import type { Policy } from '../config/policy.ts';
import type { LossCount, OutcomeCount } from '../kernel/data-plane.ts';
import { FrameBatch, MAX_FRAME_BYTES, MIN_FRAME_BYTES } from '../kernel/frame-batch.ts';
import { ReplayPlane } from '../kernel/replay.ts';
import type { SentryEvent } from '../report/event.ts';
import { Blocks } from '../respond/blocks.ts';
import { makeGuard } from '../respond/guard.ts';
import { Marks } from '../respond/marks.ts';
import { Offences } from '../respond/offences.ts';
import { Sentry } from '../sentry.ts';
import { NS_PER_SECOND } from '../values/duration.ts';
import { formatPrefix, type Prefix } from '../values/prefix.ts';
import { sourceOf } from '../values/source.ts';
import { programOptions } from '../watching.ts';
import { prefixOf, sourceText } from './address.ts';
import { ReplayClock } from './clock.ts';
import { type AddressKey, type Packet, readPacket } from './packet.ts';
import { Protected } from './protected.ts';
import type { Served } from './served.ts';
import { Sockets } from './sockets.ts';
import { Stories } from './story.ts';
import { Survey } from './survey.ts';

/** Linux's own default: what this machine has set is no matter to a host in a capture. */
const EPHEMERAL_PORTS = [32_768, 60_999] as const;

export type ReplayRequest = {
  /** Its mode is no matter: what would be blocked is what is asked. */
  readonly policy: Policy;
  /** In any order. */
  readonly captures: readonly Capture[];
  /** Undefined: what can be guessed. */
  readonly protect: readonly Prefix[] | undefined;
  /** Undefined: what answers in the capture. */
  readonly served: Served | undefined;
};

export type Replayed = {
  readonly stories: Stories;
  readonly clock: ReplayClock;
  /** The networks that count as this host; undefined: each host is one of its own. */
  readonly protected: readonly Prefix[] | undefined;
  readonly isGuessed: boolean;
  readonly frames: number;
  /** Of these the program has seen so many; the others were sent by protected hosts, or to others. */
  readonly judged: number;
  /** Frames that are none: shorter than an Ethernet header. */
  readonly tooShort: number;
  /** Frames that claimed to be older than the one before. */
  readonly setBack: number;
  readonly outcomes: readonly OutcomeCount[];
  readonly losses: readonly LossCount[];
  /** Sources that have proved that their address is theirs. */
  readonly proven: ReadonlySet<string>;
  readonly problems: readonly string[];
};

/** Runs captures through the data plane and the trigger logic, as if this host had got them. Throws a SentryError. */
export function replay(request: ReplayRequest): Replayed {
  const survey = new Survey();
  const captures = surveyed(request.captures, survey);
  const guess = request.protect ? undefined : survey.host;
  const networks = request.protect ?? guess?.map(prefixOf);
  const hosts = new Protected(networks);
  const sockets = new Sockets(request.served ?? survey.served, survey.underWay(hosts));
  const replay = new Replay(request.policy, hosts, sockets);
  try {
    for (const capture of captures) for (const frame of capture.frames()) replay.take(frame);
    return { ...replay.end(), protected: networks, isGuessed: guess !== undefined };
  } finally {
    replay.close();
  }
}

/** What the survey sees of a frame: ports are further in nowhere. */
const SURVEYED_BYTES = 512;

/** Looks through all of them; answers them by the times of their first frames. */
function surveyed(captures: readonly Capture[], survey: Survey): Capture[] {
  const frame = new Uint8Array(SURVEYED_BYTES);
  const starts = captures.map((capture) => {
    let startNs = Infinity;
    for (const { linkType, bytes, seconds, nanoseconds } of capture.frames()) {
      if (startNs === Infinity) startNs = seconds * NS_PER_SECOND + nanoseconds;
      const packet = readPacket(frame.subarray(0, writeEthernet(linkType, bytes, frame)));
      if (packet) survey.look(packet);
    }
    return { capture, startNs };
  });
  return starts
    .sort((a, b) => (a.startNs < b.startNs ? -1 : a.startNs > b.startNs ? 1 : 0))
    .map((it) => it.capture);
}

type CapturedFrame = Parameters<ReplayClock['advance']>[0] & {
  readonly linkType: number;
  readonly bytes: Uint8Array;
};

/** A sentry whose clock is the capture's. */
class Replay {
  readonly #protected: Protected;
  readonly #sockets: Sockets;
  readonly #sourceBits6: number;
  readonly #clock = new ReplayClock();
  readonly #stories = new Stories();
  readonly #plane: ReplayPlane;
  readonly #blocks: Blocks;
  readonly #marks: Marks;
  readonly #sentry: Sentry;
  readonly #problems: readonly string[];
  readonly #batch = new FrameBatch();
  /** Who has sent the frames of the batch. */
  readonly #senders: (AddressKey | undefined)[] = [];
  #frames = 0;
  #judged = 0;
  #tooShort = 0;
  readonly #guardsConnected: boolean;
  /** Who held a connection when that was asked last, as the controller asks: at the beginning of a second. */
  #connected: ReadonlyMap<string, Prefix> = new Map();
  #connectedSecond = 0;
  #connectedChanges = 0;

  constructor(policy: Policy, protectedHosts: Protected, sockets: Sockets) {
    const enforcing: Policy = { ...policy, mode: 'enforce' };
    this.#protected = protectedHosts;
    this.#sockets = sockets;
    this.#sourceBits6 = policy.sourceBits6;
    // Who is connected to one of many hosts is a stranger to the others.
    this.#guardsConnected = policy.guardsConnected && protectedHosts.networks !== undefined;
    const files = followIgnoreFiles(policy.ignoreFiles)();
    const ignored = [...policy.ignore, ...(files?.prefixes ?? [])];
    this.#problems = files?.problems ?? [];
    this.#plane = new ReplayPlane({
      ...programOptions(enforcing),
      ...(policy.lateAnswers === 'spare' && { ephemeralPorts: EPHEMERAL_PORTS }),
      ignored,
      sourceBits6: policy.sourceBits6,
      tables: policy.tables,
      onSighting: (sighting) => {
        const source = formatPrefix(sighting.source);
        if (!sighting.isIgnored) this.#stories.of(source, sighting.atNs).tell(sighting);
        this.#sentry.handle(sighting);
      },
    });
    const offences = new Offences({
      escalation: policy.escalation,
      capacity: policy.tables.blocks,
      nowNs: () => this.#plane.nowNs(),
      changed: () => undefined,
    });
    const lengthen = (prefix: Prefix, durationMs: number) => offences.durationMs(prefix, durationMs);
    this.#blocks = new Blocks(
      this.#plane,
      makeGuard(
        () => [],
        () => ignored,
        (source) => this.#connected.has(formatPrefix(source)),
      ),
      {
        added: (block) => {
          offences.blocked(block);
          const { source, addedNs, expiresNs } = block;
          this.#stories.of(source, addedNs).blocks.push({ atNs: addedNs, expiresNs });
        },
        changed: (block) => offences.blocked(block),
        removed: (block, cause) => {
          offences.ended(block, cause);
          this.#sentry.answerEnded(block, cause);
        },
      },
      { lengthen },
    );
    this.#marks = new Marks(() => this.#plane.nowNs(), policy.tables.sources, {
      added: () => true,
      forgotten: () => undefined,
      removed: (mark, cause) => this.#sentry.answerEnded(mark, cause),
    });
    this.#sentry = new Sentry({
      policy: enforcing,
      dataPlane: this.#plane,
      blocks: this.#blocks,
      marks: this.#marks,
      lengthen,
      tell: (event) => this.#note(event),
      countAlert: () => undefined,
      observeReaction: () => undefined,
    });
  }

  take({ linkType, bytes, ...instant }: CapturedFrame): void {
    const nowNs = this.#clock.advance(instant);
    this.#frames++;
    if (this.#guardsConnected) this.#lookAtConnections(nowNs);
    const { start } = this.#batch;
    const room = this.#batch.data.subarray(start, start + MAX_FRAME_BYTES);
    const length = writeEthernet(linkType, bytes, room);
    const packet = readPacket(room.subarray(0, length));
    const isIncoming = !packet || this.#protected.isIncoming(packet.source, packet.destination);
    const isServed = packet !== undefined && isIncoming && this.#sockets.isMeant(packet, nowNs);
    if (packet) this.#exchange(packet, nowNs);
    if (length < MIN_FRAME_BYTES) this.#tooShort++;
    if (!isIncoming || length < MIN_FRAME_BYTES) return;
    this.#senders[this.#batch.count] = packet?.source;
    this.#batch.push(length, { nowNs, isServed });
    this.#judged++;
    if (this.#batch.isFull) this.#flush();
  }

  end() {
    this.#flush();
    return {
      stories: this.#stories,
      clock: this.#clock,
      frames: this.#frames,
      judged: this.#judged,
      tooShort: this.#tooShort,
      setBack: this.#clock.setBack,
      outcomes: this.#plane.outcomes(),
      losses: [
        ...this.#plane.losses(),
        { reason: 'source_forgotten', count: this.#sentry.forgotten },
        { reason: 'connection_forgotten', count: this.#sockets.forgotten },
      ],
      proven: new Set([...this.#sockets.proven].map((key) => sourceText(key, this.#sourceBits6))),
      problems: this.#problems,
    };
  }

  close(): void {
    this.#plane.close();
  }

  /** Both ends of it, as far as they are hosts of ours, take note. */
  #exchange(packet: Packet, nowNs: number): void {
    const { source, destination } = packet;
    if (this.#protected.has(source)) this.#sockets.sent(packet, nowNs);
    if (!this.#protected.has(destination)) return;
    this.#sockets.received(packet, nowNs);
  }

  #lookAtConnections(nowNs: number): void {
    const second = Math.floor(nowNs / NS_PER_SECOND);
    const { changes } = this.#sockets.peers;
    if (second === this.#connectedSecond || changes === this.#connectedChanges) return;
    this.#connectedSecond = second;
    this.#connectedChanges = changes;
    this.#flush();
    const before = this.#connected;
    const sources = [...this.#sockets.peers.addresses()].map((key) =>
      sourceOf(prefixOf(key), this.#sourceBits6),
    );
    this.#connected = new Map(sources.map((source) => [formatPrefix(source), source]));
    this.#plane.setConnected(this.#connected);
    for (const [text, source] of this.#connected) if (!before.has(text)) this.#blocks.reconsider(source);
  }

  #flush(): void {
    this.#plane.run(this.#batch, (index) => {
      const sender = this.#senders[index];
      if (sender !== undefined) this.#stories.find(sourceText(sender, this.#sourceBits6))?.drop();
    });
    this.#batch.clear();
    while (this.#blocks.sweep());
  }

  #note(event: SentryEvent): void {
    if (event.event !== 'alert') return;
    const { rule, source, action, objection, probes, ports, kinds, destination } = event;
    const story = this.#stories.of(source, this.#plane.nowNs());
    story.alerts.push({
      atNs: this.#plane.nowNs(),
      ...{ rule, action, objection, probes, ports, kinds, destination },
      after: story.probes,
    });
  }
}
