/** Plots as SVG text. They stand in documents as images, so they bring their colours for light and for dark pages themselves. */

const WIDTH = 760;
const MARGIN = { top: 56, right: 215, bottom: 48, left: 72 } as const;
const FONT = 'system-ui, sans-serif';
/** Told apart on white and on black, also by people who see few colours (Okabe and Ito's, yellow left out). */
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#56b4e9', '#e69f00', '#888888'] as const;
const STYLE = `text { font: 12px ${FONT}; fill: #24292f } .title { font-size: 15px; font-weight: 600 }
.grid { stroke: #d0d7de; stroke-width: 1 } .line { fill: none; stroke-width: 2 }
@media (prefers-color-scheme: dark) { text { fill: #e6edf3 } .grid { stroke: #3d444d } }`;

export type Series = {
  readonly name: string;
  readonly points: readonly { readonly x: number; readonly y: number }[];
};

/** Lines over a number of entries. Both axes are logarithmic; 0 has a place on the left one of 1. */
export function linePlot(title: string, xLabel: string, yLabel: string, series: readonly Series[]): string {
  const height = 420;
  const points = series.flatMap((one) => one.points);
  const xs = [...new Set(points.map(({ x }) => x))].sort((a, b) => a - b);
  const place = (x: number) => Math.log10(x + 1);
  const x = scale([place(xs[0]!), place(xs.at(-1)!)], [MARGIN.left, WIDTH - MARGIN.right]);
  const { ticks, y } = logAxis(
    points.map((point) => point.y),
    [height - MARGIN.bottom, MARGIN.top],
  );
  const ends = spread(
    series.map(({ points: own }) => y(own.at(-1)!.y)),
    15,
  );
  return svg(height, [
    text(MARGIN.left, 22, title, 'class="title"'),
    ...ticks.flatMap((tick) => [
      `<line class="grid" x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${round(y(tick))}" y2="${round(y(tick))}"/>`,
      text(MARGIN.left - 8, y(tick) + 4, short(tick), 'text-anchor="end"'),
    ]),
    ...xs.map((tick) =>
      text(x(place(tick)), height - MARGIN.bottom + 18, short(tick), 'text-anchor="middle"'),
    ),
    text((MARGIN.left + WIDTH - MARGIN.right) / 2, height - 8, xLabel, 'text-anchor="middle"'),
    text(8, MARGIN.top - 14, yLabel),
    ...series.flatMap(({ name, points: own }, index) => {
      const colour = COLOURS[index % COLOURS.length]!;
      const corners = own.map((point) => `${round(x(place(point.x)))},${round(y(point.y))}`);
      const dots = own.map(
        (point) =>
          `<circle cx="${round(x(place(point.x)))}" cy="${round(y(point.y))}" r="3" fill="${colour}"/>`,
      );
      const label = text(WIDTH - MARGIN.right + 10, ends[index]! + 4, name, `style="fill:${colour}"`);
      return [`<polyline class="line" stroke="${colour}" points="${corners.join(' ')}"/>`, ...dots, label];
    }),
  ]);
}

export type Bar = { readonly name: string; readonly value: number };

/** Horizontal bars on a logarithmic axis, each with its value. */
export function barPlot(title: string, label: string, bars: readonly Bar[]): string {
  const [step, left] = [24, 210];
  const height = MARGIN.top + bars.length * step + 24;
  const { ticks, y: x } = logAxis(
    bars.map(({ value }) => value),
    [left, WIDTH - 80],
  );
  return svg(height, [
    text(8, 22, `${title} (${label})`, 'class="title"'),
    ...ticks.flatMap((tick) => [
      `<line class="grid" x1="${round(x(tick))}" x2="${round(x(tick))}" y1="${MARGIN.top - 6}" y2="${height - 24}"/>`,
      text(x(tick), height - 8, short(tick), 'text-anchor="middle"'),
    ]),
    ...bars.flatMap(({ name, value }, index) => {
      const top = MARGIN.top + index * step;
      const colour = COLOURS[name.startsWith('xdpsentry') ? 1 : 0];
      return [
        text(left - 8, top + 12, name, 'text-anchor="end"'),
        `<rect x="${left}" y="${top}" width="${round(x(value) - left)}" height="${step - 8}" fill="${colour}"/>`,
        text(x(value) + 6, top + 12, short(value)),
      ];
    }),
  ]);
}

/** Whole powers of ten that enclose the values. */
function logAxis(values: readonly number[], range: readonly [number, number]) {
  const first = Math.floor(Math.log10(Math.min(...values)));
  const last = Math.max(first + 1, Math.ceil(Math.log10(Math.max(...values))));
  const of = scale([first, last], range);
  const ticks = Array.from({ length: last - first + 1 }, (_, index) => 10 ** (first + index));
  return { ticks, y: (value: number) => of(Math.log10(value)) };
}

function scale([from, to]: readonly [number, number], [start, end]: readonly [number, number]) {
  return (value: number): number =>
    to === from ? start : start + ((value - from) / (to - from)) * (end - start);
}

/** Moves labels apart that would cover one another. */
function spread(places: readonly number[], least: number): number[] {
  const order = [...places.keys()].sort((a, b) => places[a]! - places[b]!);
  const moved = [...places];
  for (const [rank, index] of order.entries()) {
    const above = rank === 0 ? Number.NEGATIVE_INFINITY : moved[order[rank - 1]!]!;
    moved[index] = Math.max(moved[index]!, above + least);
  }
  return moved;
}

/** 1500000 is 1.5M. */
export function short(value: number): string {
  for (const [unit, size] of [
    ['M', 1e6],
    ['k', 1e3],
  ] as const) {
    if (value >= size) return `${Number((value / size).toPrecision(3))}${unit}`;
  }
  return String(Number(value.toPrecision(3)));
}

const svg = (height: number, parts: readonly string[]): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">
<style>${STYLE}</style>
${parts.join('\n')}
</svg>
`;

const text = (x: number, y: number, content: string, attributes = ''): string =>
  `<text x="${round(x)}" y="${round(y)}" ${attributes}>${escaped(content)}</text>`;

const escaped = (content: string): string =>
  content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

const round = (value: number): number => Math.round(value * 10) / 10;
