/** Question is a request to `POST explain`; only the URL is required. */
export interface Question {
  url: string;
  method?: string;
  cookie?: string;
  address?: string;
  time?: string;
}

/** Step is one check of a signature, in the order they are made. */
export interface Step {
  name: string;
  outcome: 'ok' | 'failed' | 'not-checked';
  detail?: string;
}

/** Report says what was found about a signature. */
export interface Report {
  verdict: string;
  refusal?: { reason: string; code: string; message: string; text: string };
  url: string;
  source: string;
  parameters?: { name: string; in: string; value: string; used: boolean }[];
  keyPairId?: string;
  hash?: string;
  policy?: { kind: string; sent?: string; canonical?: string; resource?: string; network?: string; repaired?: boolean };
  difference?: { expected: string; signed: string; offset: number; expectedPart: string; signedPart: string };
  sections?: { name: string; pattern: string; value: string; match: boolean }[];
  window?: { starts?: string; expires?: string; now: string; expiresIn?: number; startsIn?: number };
  viewer?: string;
  steps?: Step[];
  findings?: { id: string; cause: string; fix: string }[];
}

/** Explanation is the answer to `POST explain`. */
export interface Explanation {
  verdict: 'admitted' | 'refused' | 'undecided' | 'public' | 'rejected';
  revision: number;
  redirect?: string;
  distribution?: { id: string; domain: string };
  behavior?: { pattern: string; restricted: boolean; keys?: string[] };
  also?: { pattern: string }[];
  origin?: { id: string; domain: string; target: string; failover?: string };
  cache?: { cached: boolean; key?: string };
  status?: number;
  detail?: string;
  report?: Report;
}
