import type { Site } from '../api/operations';

/** viewerUrl is where viewers open an object of a distribution, over HTTPS. */
export function viewerUrl(site: Site, domain: string, key: string): string {
  const port = site.httpsPort === 443 ? '' : `:${site.httpsPort}`;
  return `https://${domain}${port}/${key.split('/').map(encodeURIComponent).join('/')}`;
}
