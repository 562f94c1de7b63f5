import type { BpfMap } from 'bpf-loader-native';
import { NS_PER_MS } from '../values/duration.ts';
import type { Prefix } from '../values/prefix.ts';
import { decodePrefix, encodePrefix } from './decode.ts';
import { viewOf } from './struct.ts';

/** Where people are logged in from, kept where the next sentry finds it (xs_logins). Milliseconds of CLOCK_MONOTONIC. */
export class LoginMap {
  readonly #map: BpfMap;

  constructor(map: BpfMap) {
    this.#map = map;
  }

  all(): { readonly prefix: Prefix; readonly lastMs: number }[] {
    return [...this.#map.keys()].flatMap((key) => {
      const value = this.#map.get(key);
      const lastMs = value && Number(viewOf(value).getBigUint64(0, true)) / NS_PER_MS;
      return lastMs === undefined ? [] : { prefix: decodePrefix(key), lastMs };
    });
  }

  set(prefix: Prefix, lastMs: number): void {
    this.#map.set(
      encodePrefix(prefix),
      new Uint8Array(BigUint64Array.of(BigInt(Math.round(lastMs * NS_PER_MS))).buffer),
    );
  }

  delete(prefix: Prefix): void {
    this.#map.delete(encodePrefix(prefix));
  }
}
