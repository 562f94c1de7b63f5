/** What the headers of a probe say besides where it goes: scanners write these by habits of their own. */
export type Traits = {
  /** Port that it comes from; 0 where there is none. */
  readonly sourcePort: number;
  /** Identification of IPv4; undefined in IPv6. */
  readonly ipId: number | undefined;
  /** TTL, or hop limit, as it arrived. */
  readonly ttl: number;
  /** What only TCP has; undefined for others, and in a fragment that ends before. */
  readonly tcp:
    | {
        readonly sequence: number;
        readonly window: number;
        /** Of the header in bytes: 20 without options, 24 with nothing but an MSS. */
        readonly headerBytes: number;
      }
    | undefined;
};
