/** Passes a text on, and then none for so long: for what goes wrong many times a second and at many ports at once. */
export function seldom(tell: (text: string) => void, pauseMs: number): (text: string) => void {
  let untilMs = Number.NEGATIVE_INFINITY;
  return (text) => {
    const nowMs = performance.now();
    if (nowMs < untilMs) return;
    untilMs = nowMs + pauseMs;
    tell(text);
  };
}
