import type { Operations } from '../../api/operations';

/** Seen is one request that has ended, as the access log has it. */
export interface Seen {
  'date-time': string;
  'x-edge-request-id': string;
  'distribution-id'?: string;
  'c-ip'?: string;
  'cs-method': string;
  'cs(Host)'?: string;
  'cs-uri-stem': string;
  'x-edge-result-type': string;
  'refusal-reason'?: string;
  'sc-status': number;
  'sc-bytes'?: number;
  'time-taken'?: number;
}

/** TailLine is one line of `GET tail`. */
export interface TailLine {
  request?: Seen;
  dropped?: number;
  now?: string;
  end?: string;
}

/** follow reads the tail until it ends or signal aborts it, and hands over what came together. */
export async function follow(
  operations: Operations,
  query: Record<string, string>,
  signal: AbortSignal,
  onLines: (lines: TailLine[]) => void,
): Promise<void> {
  const answer = await operations.fetch({ path: 'tail', query, signal });
  const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const lines = (rest + value).split('\n');
    rest = lines.pop() ?? '';
    onLines(lines.filter((l) => l).map((l) => JSON.parse(l) as TailLine));
  }
}
