import type { Prefix } from '../values/prefix.ts';
import type { OwnAddresses, Sighting } from './data-plane.ts';
import type { ProgramOptions } from './program-options.ts';
import type { HoldRequest } from './succession.ts';

export type DataPlaneOptions = Omit<HoldRequest, 'interface'> &
  ProgramOptions & {
    /** Names of those that are watched from the start: each must be there. */
    readonly interfaces: readonly string[];
    readonly ignored: readonly Prefix[];
    readonly own: OwnAddresses;
    readonly sourceBits6: number;
    readonly tables: { readonly blocks: number; readonly sources: number };
    readonly onSighting: (sighting: Sighting) => void;
  };
