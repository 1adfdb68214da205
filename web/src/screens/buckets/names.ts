/** nameProblem says which of S3's naming rules a bucket name breaks, if one. */
export function nameProblem(name: string): string | undefined {
  if (name.length < 3 || name.length > 63) return 'A bucket name has 3 to 63 characters.';
  if (/[A-Z]/.test(name)) return 'A bucket name has no capital letters.';
  if (/[^a-z0-9.-]/.test(name)) return 'A bucket name has only small letters, digits, hyphens and dots.';
  if (!/^[a-z0-9]/.test(name) || !/[a-z0-9]$/.test(name)) return 'A bucket name begins and ends with a letter or a digit.';
  if (name.includes('..')) return 'A bucket name has no two dots in a row.';
  if (/^\d+\.\d+\.\d+\.\d+$/.test(name)) return 'A bucket name does not look like an IP address.';
  if (/^(xn--|sthree-|amzn-s3-demo-)/.test(name) || /(-s3alias|--ol-s3|\.mrap|--x-s3)$/.test(name))
    return 'S3 keeps this beginning or ending for itself.';
  return undefined;
}
