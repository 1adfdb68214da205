import { Sha256 } from '@aws-crypto/sha256-browser';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';
import type { Renewal } from '../session/renewal';
import { apiAddress } from './address';
import type { ServerClock } from './clock';
import { ApiError } from './errors';

/** Credentials sign requests. A session token belongs to temporary ones. */
export interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
}

/** Site is the answer to `GET site`. */
export interface Site {
  accountId: string;
  region: string;
  domainSuffix: string;
  httpPort: number;
  httpsPort: number;
  version: string;
  /** spans are what an overview can be asked for besides the last hour. */
  spans?: string[];
}

/** Call is a request to an operation; path is relative to /_warmfront/v1/. */
export interface Call {
  method?: 'GET' | 'POST' | 'PATCH' | 'DELETE' | 'PUT';
  path: string;
  query?: Record<string, string>;
  body?: unknown;
  signal?: AbortSignal;
}

/**
 * Operations calls Warmfront's own JSON operations, each request signed in the browser for the
 * service `warmfront`.
 */
export class Operations {
  private readonly signer: SignatureV4;

  constructor(
    private readonly renewal: Renewal,
    private readonly clock: ServerClock,
  ) {
    this.signer = new SignatureV4({ credentials: renewal.current, region: 'us-east-1', service: 'warmfront', sha256: Sha256 });
  }

  /** json does a call and decodes its answer; undefined for an answer without a body. */
  async json<T>(call: Call): Promise<T> {
    const answer = await this.fetch(call);
    const text = await answer.text();
    return (text ? JSON.parse(text) : undefined) as T;
  }

  /** fetch does a call and returns its successful answer, for streams; it throws an ApiError. */
  fetch(call: Call): Promise<Response> {
    return this.renewal.through(async () => {
      let answer = await this.send(call);
      // Of two reasons for a refused signature, a wrong clock can be helped.
      if (answer.status === 403 && this.clock.observe(answer.headers.get('date'))) answer = await this.send(call);
      if (!answer.ok) throw await problemOf(answer);
      return answer;
    });
  }

  private async send(call: Call): Promise<Response> {
    const address = new URL(`${apiAddress()}/_warmfront/v1/${call.path}`);
    const body = call.body === undefined ? undefined : JSON.stringify(call.body);
    const request = new HttpRequest({
      method: call.method ?? 'GET',
      protocol: address.protocol,
      hostname: address.hostname,
      path: address.pathname,
      query: call.query ?? {},
      headers: { host: address.host, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      body,
    });
    const { host: _, ...headers } = (await this.signer.sign(request, { signingDate: this.clock.now() })).headers;
    address.search = new URLSearchParams(call.query).toString().replaceAll('+', '%20');
    return fetch(address, { method: request.method, headers, body, signal: call.signal, cache: 'no-store' });
  }

  site(signal?: AbortSignal): Promise<Site> {
    return this.json<Site>({ path: 'site', signal });
  }
}

/** problemOf reads an error answer of the operations. */
export async function problemOf(answer: Response): Promise<ApiError> {
  const text = await answer.text();
  try {
    const { code, message } = JSON.parse(text) as { code: string; message: string };
    return new ApiError(code, message, answer.status);
  } catch {
    return new ApiError(`HTTP ${answer.status}`, text.trim() || answer.statusText, answer.status);
  }
}
