import { INNOCENT, PARSE_ONLY } from './cost.ts';
import { BASELINE, BLOCKED, FLOOD, ONE } from './live.ts';
import type { Result } from './result.ts';
import { type Bar, barPlot, linePlot, type Series } from './svg.ts';

export type Plot = { readonly file: string; readonly alt: string; readonly svg: string };

/** Those plots for which there are figures. */
export function plotsOf(results: readonly Result[]): Plot[] {
  return [innocentPlot(results), blockedPlot(results), speedPlot(results)].filter(
    (plot) => plot !== undefined,
  );
}

/** What an innocent packet costs while the table grows, over IPv4. */
function innocentPlot(results: readonly Result[]): Plot | undefined {
  const cost = results.filter(({ part, family }) => part === 'cost' && family === 4);
  const innocent = cost.filter(({ what }) => what === INNOCENT);
  const series = [...new Set(innocent.map(({ tool }) => tool))]
    .map((tool) => innocent.filter((result) => result.tool === tool))
    .map((own) => ({ name: own[0]!.tool, points: pointsOf(own, ({ median }) => median) }));
  const floor = cost.find(({ tool }) => tool === PARSE_ONLY);
  const widest = series.toSorted((a, b) => b.points.length - a.points.length)[0];
  if (!widest || !floor) return undefined;
  const line = { name: PARSE_ONLY, points: widest.points.map(({ x }) => ({ x, y: floor.median })) };
  const alt = 'Cost of an innocent packet over the number of blocks, IPv4';
  return { file: 'innocent.svg', alt, svg: linePlot(alt, 'blocks', 'ns per packet', [...series, line]) };
}

/** What dropping a blocked packet takes, sending and receiving included. */
function blockedPlot(results: readonly Result[]): Plot | undefined {
  const live = results.filter(({ part, family }) => part === 'live' && family === 4);
  const sized = live.filter(({ what, blocks }) => what === BLOCKED || (what === ONE && blocks === 1));
  const tools = [...new Set(live.filter(({ what }) => what === BLOCKED).map(({ tool }) => tool))];
  const series = tools
    .map((tool) => ({
      name: tool,
      points: pointsOf(
        sized.filter((result) => result.tool === tool && result.blocks),
        nsEach,
      ),
    }))
    .filter(({ points }) => points.length > 0);
  if (series.length === 0) return undefined;
  const alt = 'Time for a blocked packet over the number of blocks, IPv4, live on a veth';
  return { file: 'blocked.svg', alt, svg: linePlot(alt, 'blocks', 'ns per packet', series) };
}

function speedPlot(results: readonly Result[]): Plot | undefined {
  const live = results.filter(({ part, family }) => part === 'live' && family === 4);
  const bars = live
    .filter(({ what, tool }) => what === ONE || (what === FLOOD && tool !== BASELINE))
    .toSorted((a, b) => b.median - a.median)
    .map(
      ({ tool, what, median }): Bar => ({ name: what === FLOOD ? `${tool}, ${what}` : tool, value: median }),
    );
  if (bars.length === 0) return undefined;
  const alt = 'Packets per second on one core, one blocked source, IPv4';
  return {
    file: 'packets-per-second.svg',
    alt,
    svg: barPlot('One blocked source, IPv4', 'packets/s on one core', bars),
  };
}

function pointsOf(results: readonly Result[], y: (result: Result) => number): Series['points'] {
  return results.map((result) => ({ x: result.blocks ?? 0, y: y(result) })).sort((a, b) => a.x - b.x);
}

const nsEach = ({ median }: Result): number => 1e9 / median;
