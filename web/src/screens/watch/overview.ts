/** Sums are what the edge has done in some time, as `GET overview` tells it. */
export interface Sums {
  requests: Record<string, number>;
  bytes: number;
  hitRatio: number | null;
  latency: { p50: number; p90: number; p99: number } | null;
  origin: { requests: number; errors: number };
  refusals: Record<string, number>;
}

/** Point is one step of the last hour; at is its begin. */
export interface Point extends Sums {
  at: string;
}

/** Overview is the answer to `GET overview`. */
export interface Overview {
  now: string;
  stepSeconds: number;
  /** edge that answers for itself; missing in the answer for a span, which is about all. */
  edge?: { id: string; pop: string };
  total: Sums;
  points: Point[];
  distributions: (Sums & { id: string })[];
}

/** Series is one line of a plot. */
export interface Series {
  title: string;
  data: { x: Date; y: number }[];
}

/** total is the number of requests of all result types. */
export function total(s: Sums): number {
  return Object.values(s.requests).reduce((sum, n) => sum + n, 0);
}

/** steps are the begins of the steps between two times, and what happened in them. */
export function steps(o: Overview, minutes: number): { at: Date; point?: Point }[] {
  const step = o.stepSeconds * 1000;
  const known = new Map(o.points.map((p) => [new Date(p.at).getTime(), p]));
  // The newest step is left out until it is complete, lest every plot end in a fall.
  const end = Math.floor(new Date(o.now).getTime() / step) * step;
  const count = Math.round((minutes * 60_000) / step);
  return Array.from({ length: count }, (_, i) => {
    const at = end - (count - i) * step;
    return { at: new Date(at), point: known.get(at) };
  });
}

/** untilNextStep is how long, in milliseconds after an answer, until one more step is complete. */
export function untilNextStep(o: Overview): number {
  const step = o.stepSeconds * 1000;
  return step - (new Date(o.now).getTime() % step) + 100;
}

/** plot draws one value of each step; undefined is a gap, a step without requests is given as undefined. */
export function plot(at: ReturnType<typeof steps>, title: string, value: (p: Point | undefined) => number | undefined): Series {
  const data = at.flatMap(({ at: x, point }) => {
    const y = value(point);
    return y === undefined ? [] : [{ x, y }];
  });
  return { title, data };
}
