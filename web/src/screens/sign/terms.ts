import type { Hash } from '../../signing/key';
import type { Terms } from '../../signing/policy';

/** Draft is the form as it is filled in. Dates are local. */
export interface Draft {
  kind: 'url' | 'cookies';
  url: string;
  resource: string;
  expiresDate: string;
  expiresTime: string;
  startsDate: string;
  startsTime: string;
  network: string;
  hash: Hash;
  custom: boolean;
}

/** emptyTerms is the form at first: a URL that expires in a day. */
export function emptyTerms(): Draft {
  const tomorrow = new Date(Date.now() + 24 * 3600 * 1000);
  const two = (n: number) => String(n).padStart(2, '0');
  return {
    kind: 'url',
    url: '',
    resource: '',
    expiresDate: `${tomorrow.getFullYear()}-${two(tomorrow.getMonth() + 1)}-${two(tomorrow.getDate())}`,
    expiresTime: `${two(tomorrow.getHours())}:${two(tomorrow.getMinutes())}:00`,
    startsDate: '',
    startsTime: '',
    network: '',
    hash: 'SHA-1',
    custom: false,
  };
}

function seconds(date: string, time: string): number {
  return Math.floor(new Date(`${date}T${time || '00:00:00'}`).getTime() / 1000);
}

/** termsOf reads the form. */
export function termsOf(d: Draft): Terms {
  return {
    resource: d.resource || d.url,
    expires: seconds(d.expiresDate, d.expiresTime),
    starts: d.startsDate ? seconds(d.startsDate, d.startsTime) : undefined,
    network: d.network || undefined,
  };
}

const lastDate = 2 ** 31 - 1; // the latest date CloudFront takes

/** problemOf says what in the form cannot be signed for. */
export function problemOf(d: Draft): string | undefined {
  if (!d.url && !(d.kind === 'cookies' && d.resource)) return 'Give the URL.';
  if (d.url && !URL.canParse(d.url)) return 'The URL is not whole: it begins with https:// or http://.';
  if (/[?&](Expires|Policy|Signature|Key-Pair-Id|Hash-Algorithm)=/.test(d.url))
    return 'The URL is signed already: take its signing parameters out.';
  if (d.kind === 'url' && d.url.includes('#')) return 'Browsers do not send what follows #: leave it out.';
  const t = termsOf(d);
  if (!(t.expires > 0 && t.expires <= lastDate)) return 'Give the date when it expires, before 2038.';
  if (t.starts !== undefined && !(t.starts > 0 && t.starts < t.expires)) return 'It starts after it expires.';
  if (d.network && !isNetwork(d.network)) return 'The network is one address or range, such as 192.0.2.0/24 or 2001:db8::/32.';
  return undefined;
}

/** isNetwork reports whether a text is an IPv4 or IPv6 address, or a range with a prefix length. */
function isNetwork(text: string): boolean {
  const [address = '', length, more] = text.split('/');
  const v6 = address.includes(':');
  // The browser reads IPv6 addresses, and nothing else between brackets.
  const known = v6 ? URL.canParse(`http://[${address}]/`) : isIPv4(address);
  return (
    known &&
    more === undefined &&
    (length === undefined || (/^(0|[1-9]\d{0,2})$/.test(length) && Number(length) <= (v6 ? 128 : 32)))
  );
}

function isIPv4(text: string): boolean {
  const parts = text.split('.');
  return parts.length === 4 && parts.every((p) => /^(0|[1-9]\d{0,2})$/.test(p) && Number(p) <= 255);
}
