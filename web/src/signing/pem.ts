/** encode writes PEM (RFC 7468), 64 characters a line. */
export function encode(label: string, der: Uint8Array): string {
  const lines = base64(der).match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}

/** decode reads the first PEM block whose label fits, or undefined. */
export function decode(text: string, label: RegExp): { label: string; der: Uint8Array } | undefined {
  for (const [, name = '', body = ''] of text.matchAll(/-----BEGIN ([A-Z0-9 ]+)-----([^-]*)-----END \1-----/g)) {
    if (label.test(name)) return { label: name, der: bytesOf(body) };
  }
  return undefined;
}

function bytesOf(body: string): Uint8Array {
  if (/Proc-Type|DEK-Info/.test(body))
    throw new Error('The key is encrypted. Decrypt it first: openssl pkey -in key.pem -out plain.pem');
  try {
    return Uint8Array.from(atob(body.replace(/\s+/g, '')), (c) => c.charCodeAt(0));
  } catch {
    throw new Error('The key’s Base64 is damaged.');
  }
}

/** base64 encodes bytes in the standard alphabet. */
export function base64(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192));
  return btoa(text);
}
