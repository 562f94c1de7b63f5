/** Texts that are kept in mind; some hundred KB. */
const REMEMBERED = 4096;
/** Rows of a page. One long array would hold up everybody each time that it grows. */
const PAGE = 4096;

/**
 * Texts by row. Of equal ones that come close together only one is kept: a flood brings the same ones again and again.
 */
export class TextColumn {
  readonly #pages: string[][] = [];
  readonly #known = new Map<string, string>();

  set(row: number, text: string): void {
    const at = Math.floor(row / PAGE);
    while (this.#pages.length <= at) this.#pages.push([]);
    this.#pages[at]![row % PAGE] = this.#same(text);
  }

  clear(row: number): void {
    this.set(row, '');
  }

  get(row: number): string {
    return this.#pages[Math.floor(row / PAGE)]?.[row % PAGE] ?? '';
  }

  #same(text: string): string {
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    if (this.#known.size >= REMEMBERED) this.#known.clear();
    const own = Buffer.from(text).toString(); // a text that was put together keeps all its parts
    this.#known.set(own, own);
    return own;
  }
}
